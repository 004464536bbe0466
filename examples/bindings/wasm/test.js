// SPDX-License-Identifier: Apache-2.0
// The package beside this file against the command: test.js COMMAND FOLDER... Every model below the folders is exported by
// both, in several ways; files have to be the same, bit for bit, and so do failures.
import assert from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { IncError, load, nodeFile, Pieces } from './index.js';

const [command, ...folders] = process.argv.slice(2);
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'incexport-'));
const incexport = await load();

const below = (folder) => fs.readdirSync(folder, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? below(path.join(folder, e.name)) : /\.(pt2?|pth|torchscript)$/.test(e.name) ? [path.join(folder, e.name)] : []);

/** What the command writes, says and returns. */
function natively(model, args) {
    const folder = fs.mkdtempSync(path.join(temporary, 'run-'));
    const name = path.basename(model).replace(/\.[^.]*$/, '') + '.onnx';
    const run = spawnSync(command, [model, ...args, '--json', '-o', path.join(folder, name)], { encoding: 'utf8' });
    const files = new Map(fs.readdirSync(folder).map((f) => [f, fs.readFileSync(path.join(folder, f))]));
    const json = run.stdout.replaceAll(folder + '/', '').replaceAll(path.dirname(model) + '/', '');
    fs.rmSync(folder, { recursive: true });
    return { status: run.status, json, files };
}

async function compare(model, args, options, counts) {
    const there = natively(model, args), file = await nodeFile(model);
    const opened = Object.values(options).filter((o) => o && o.close);
    let result, failure = null;
    try {
        result = await incexport.export(file, options);
    } catch (error) {
        if (!(error instanceof IncError))
            throw error;
        failure = error;
    }
    [file, ...opened].forEach((f) => f.close());
    const what = `${model} ${args.join(' ')}`;
    assert.strictEqual(failure ? failure.exitStatus : 0, there.status, `${what}: ${failure && failure.message}\n${there.json}`);
    if (failure) {
        const expected = JSON.parse(there.json);
        assert.strictEqual(failure.message, expected.message, what);
        assert.deepStrictEqual(failure.unsupported, expected.unsupported, what);
        counts.failures++;
        return;
    }
    assert.deepStrictEqual([...result.files.keys()].sort(), [...there.files.keys()].sort(), what);
    for (const [name, bytes] of there.files)
        assert(bytes.equals(await result.files.get(name).bytes()), `${what}: ${name} is not the same`);
    assert.deepStrictEqual({ ...result.report, seconds: 0 }, { ...JSON.parse(there.json), seconds: 0 }, what);
    counts.exports++;
}

async function testBytes() {
    const counts = { exports: 0, failures: 0 }, differences = [];
    for (const model of folders.flatMap(below)) {
        const base = model.replace(/\.[^.]*$/, '');
        const ways = [[[], {}], [['--quant-format', 'QLinear', '--opset', '17'], { quantFormat: 'QLinear', opset: 17 }],
            [['--external-data', 'always', '--state', 'io'], { externalData: 'always', state: 'io' }],
            [['--dtype', 'fp32', '--state', 'drop'], { dtype: 'fp32', state: 'drop' }]];
        for (const inputs of [base + '.npz', base + '.inputs.npz'].filter(fs.existsSync))
            ways.push([['--example-inputs', inputs], { exampleInputs: await nodeFile(inputs) }]);
        const checkpoint = model.replace('.fp32.pt', '.state.pt');
        if (checkpoint !== model && fs.existsSync(checkpoint))
            ways.push([['--quantized', checkpoint], { quantized: await nodeFile(checkpoint) }]);
        for (const [args, options] of ways)
            await compare(model, args, options, counts).catch((error) => differences.push(error.message.slice(0, 1000)));
    }
    assert(differences.length === 0, differences.join('\n'));
    assert(counts.exports > 50 && counts.failures > 5, JSON.stringify(counts));
    console.log(`${counts.exports} exports are the command's bytes, ${counts.failures} failures its words`);
}

async function testInspect(model) {
    const bytes = fs.readFileSync(model);
    const there = JSON.parse(execFileSync(command, ['inspect', '--json', model], { encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] }));
    const { warnings, memory, ...here } = await incexport.inspect(bytes);
    assert.deepStrictEqual({ ...here, file: there.file }, there);
    assert(warnings.length > 0 && memory > 0);
}

async function testHooks(model) {
    const stages = new Set(), bytes = fs.readFileSync(model);
    await incexport.export(bytes, {}, { progress: (stage, done, total) => { stages.add(stage); assert(done <= total || !total); } });
    assert(stages.has('writing'));
    const stopped = incexport.export(bytes, {}, { progress: (stage) => stage === 'writing' });
    await assert.rejects(stopped, (e) => e instanceof IncError && e.exitStatus === 130 && e.status === 'INC_E_CANCELLED');
    await assert.rejects(incexport.export(bytes, {}, { progress: () => { throw new RangeError('mine'); } }), RangeError);
    const full = () => ({ size: 0, write() { throw new RangeError('full'); } });
    await assert.rejects(incexport.export(bytes, {}, { create: full }), RangeError);
    const lost = { name: 'lost.pt', size: bytes.length, read() { throw new RangeError('lost'); } };
    await assert.rejects(incexport.export(lost), RangeError);
    await assert.rejects(incexport.export('model.pt'), TypeError);
    await assert.rejects(incexport.export(bytes, { recipes: 'none' }), { exitStatus: 2 });
}

/** The report of a file that is read without its large constants is that of all of it. */
async function testReport(onnx) {
    const html = path.join(temporary, 'report.html'), file = await nodeFile(onnx), name = path.basename(onnx);
    execFileSync(command, ['report', onnx, '-o', html]);
    const run = await incexport.run(['report', name, '-o', 'report.html'], { files: new Map([[name, file]]) });
    file.close();
    assert.strictEqual(new TextDecoder().decode(await run.files.get('report.html').bytes()), fs.readFileSync(html, 'utf8'));
}

/** No read asks for more than a small part of the file, and memory does not grow with it. */
async function testSlices() {
    const names = fs.readdirSync(path.join(folders[0])).filter((n) => n.endsWith('.pt'));
    assert(names.length > 0);
    let largest = 0;
    const file = await nodeFile(path.join(folders[0], names[0])), read = file.read;
    file.read = (at, size) => {
        largest = Math.max(largest, size);
        return read(at, size);
    };
    const { memory } = await incexport.export(file);
    assert(largest <= 1 << 20 && memory <= 64 << 20, `${largest} ${memory}`);
    file.close();
    assert.strictEqual(new Pieces().size, 0);
}

/** What index.d.ts says of options is what the command has for models. */
async function testTypes() {
    const declared = fs.readFileSync(new URL('./index.d.ts', import.meta.url), 'utf8');
    const [, options] = /export interface Options \{(.*?)\n\}/s.exec(declared);
    const here = [...options.matchAll(/^    (\w+)\?:/gm)].map((m) => '--' + m[1].replace(/[A-Z]/g, (c) => '-' + c.toLowerCase()));
    const { stdout } = await incexport.run(['--help']);
    const [, about] = /\nWhere to\n(.*)\nMessages\n/s.exec(stdout);
    // Of files and of runtimes, which the package has in other ways or not at all.
    const others = ['--output', '--out-dir', '--dry-run', '--no-clobber', '--yes', '--durable', '--skip-if-newer', '--verify',
        '--expected', '--against', '--layers', '--ort', '--report'];
    const there = [...about.matchAll(/^ {2}(?:-\w, | {4})(--[a-z-]+)/gm)].map((m) => m[1]).filter((o) => !others.includes(o));
    assert.deepStrictEqual(here.sort(), there.sort());
}

try {
    const int8 = path.join(folders[0], 'digits-static.pt');
    await testTypes();
    await testInspect(int8);
    await testHooks(int8);
    await testSlices();
    await testReport(path.join(folders[0], 'digits.onnx'));
    await testBytes();
} finally {
    fs.rmSync(temporary, { recursive: true });
}
