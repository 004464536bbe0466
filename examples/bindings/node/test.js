// SPDX-License-Identifier: Apache-2.0
// The package on a built library: test.js COMMAND MODELS LAYOUT UNSUPPORTED
'use strict';
const assert = require('assert');
const { execFileSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const incexport = require('./index.js');
const { koffi, structs } = require('./library.js');

const [command, models, layout, unsupported] = process.argv.slice(2);
const int8 = path.join(models, 'digits-static.pt');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'incexport-'));
const out = path.join(folder, 'out.onnx');

function testLayout() {
    const fields = {};
    for (const [kind, name, ...rest] of fs.readFileSync(layout, 'utf8').trim().split('\n').map((l) => l.split(' '))) {
        if (!structs[name])
            continue;
        if (kind === 'sizeof') {
            assert.strictEqual(koffi.sizeof(structs[name]), Number(rest[0]), name);
            fields[name] = [];
        } else if (kind === 'offset') {
            assert.strictEqual(koffi.offsetof(structs[name], rest[0]), Number(rest[1]), `${name}.${rest[0]}`);
            fields[name].push(rest[0]);
        }
    }
    for (const name of Object.keys(structs))
        assert.deepStrictEqual(Object.keys(koffi.introspect(structs[name]).members), fields[name], name);
}

function testBytes() {
    const there = path.join(folder, 'command.onnx');
    execFileSync(command, [int8, '-q', '-o', there, '--quant-format', 'QLinear', '--dynamic-axes',
        '{"image": {"0": "batch"}}', '--output-names', 'scores', '--producer', 'us', '--metadata', 'author=me', '--metadata', 'empty=']);
    const config = { quant_format: 'QLinear', dynamic_axes: { image: { 0: 'batch' } }, output_names: ['scores'],
        opset_version: 'auto', producer: 'us', metadata: { author: 'me', empty: '' } };
    const report = incexport.export(int8, out, config);
    assert(fs.readFileSync(out).equals(fs.readFileSync(there)));
    assert.deepStrictEqual([report.dtype, report.bytes, report.inputs[0].shape[0]], ['int8', fs.statSync(out).size, 'batch']);
    const parts = [];
    incexport.export(fs.readFileSync(int8), (bytes) => parts.push(bytes), config);
    assert(Buffer.concat(parts).equals(fs.readFileSync(there)));
}

function testInputs() {
    const data = new Float32Array(5 * 64);
    for (const input of [{ shape: [5, 1, 8, 8] }, { name: 'image', shape: [5, 1, 8, 8], data }]) {
        const report = incexport.export(path.join(models, 'digits.pt'), out, { dtype: 'fp32', example_inputs: [input] });
        assert.deepStrictEqual(report.inputs[0].shape, [5, 1, 8, 8]);
    }
    const info = incexport.inspect(path.join(models, 'digits-pt2e.pt2'));
    assert(info.is_quantized && info.inputs.length === 1 && info.n_weights > 0);
}

function testErrors() {
    assert.throws(() => incexport.export(unsupported, out, { dtype: 'fp32' }), (error) => {
        assert(error instanceof incexport.IncError && error.message.includes(error.operator));
        assert.deepStrictEqual([error.code, error.operator], [-6, 'aten::linalg_eigvals']);
        assert(error.reason && error.stage && error.line > 0 && error.unsupported[0].op === error.operator);
        return true;
    });
    assert.throws(() => incexport.export(int8, out, { recipe: 'none' }), { code: -2 });
    assert.throws(() => incexport.export(int8, out, { recipes: 'none' }), { code: -2 });
    assert.throws(() => incexport.inspect('nowhere.pt'), { code: -4 });
}

function testCallbacks() {
    const stages = new Set(), lines = [];
    incexport.export(int8, out, { log_level: 'debug', log: (level, line) => lines.push(line),
        progress: (stage) => { stages.add(stage); } });
    assert(stages.has('writing') && lines.length);
    const before = fs.readFileSync(out);
    assert.throws(() => incexport.export(int8, out, { opset_version: 16, progress: (stage) => stage === 'writing' }), { code: -10 });
    assert(fs.readFileSync(out).equals(before));
    assert.throws(() => incexport.export(int8, out, { progress: () => { throw new RangeError('mine'); } }), RangeError);
}

try {
    [testLayout, testBytes, testInputs, testErrors, testCallbacks].forEach((test) => test());
} finally {
    fs.rmSync(folder, { recursive: true });
}
