// SPDX-License-Identifier: Apache-2.0
// A file of more than 2 GiB becomes what the command makes of it, and the module's memory stays small:
// test_large.mjs PACKAGE COMMAND LARGE.pt FOLDER
import assert from 'node:assert';
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const [folder, command, large, temporary] = process.argv.slice(2);
const { load, nodeFile } = await import(path.resolve(folder, 'index.js'));
const MOST = 64 << 20;

function hashOf(file) {
    const hash = crypto.createHash('md5'), block = Buffer.alloc(1 << 20), fd = fs.openSync(file);
    for (let n; (n = fs.readSync(fd, block)) > 0;)
        hash.update(block.subarray(0, n));
    fs.closeSync(fd);
    return hash.digest('hex');
}

const name = path.basename(large).replace(/\.pt$/, '.onnx');
execFileSync(command, [large, '-q', '--input', 'x=float32[1,8192]', '-o', path.join(temporary, name)]);
const expected = {};
for (const file of [name, `${name}.data`]) {
    expected[file] = hashOf(path.join(temporary, file));
    fs.unlinkSync(path.join(temporary, file));
}

const file = await nodeFile(large), incexport = await load();
assert(file.size > 2 ** 31);
const create = () => ({ size: 0, hash: crypto.createHash('md5'), write(at, bytes) {
    assert.strictEqual(at, this.size);
    this.hash.update(bytes);
    this.size += bytes.length;
} });
const { files, memory, seconds } = await incexport.export(file, { input: 'x=float32[1,8192]' }, { create });
assert.deepStrictEqual(Object.fromEntries([...files].map(([n, f]) => [n, f.hash.digest('hex')])), expected);
assert(memory <= MOST, `${memory} bytes of memory`);
console.log(`${(file.size / 1e9).toFixed(1)} GB in ${seconds.toFixed(1)} s and ${(memory / 2 ** 20).toFixed(0)} MiB of memory, the command's bytes`);
