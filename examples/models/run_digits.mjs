#!/usr/bin/env node
// Classifies the images of digits-test.npz with an exported digits.onnx and prints how many are right, beside what
// PyTorch got: node run_digits.mjs [digits.onnx]. Needs onnxruntime-node, found from the working directory or from here.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inflateRawSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));

function loadRuntime() {
    for (const place of [process.cwd(), here, ...(process.env.NODE_PATH ?? "").split(":").filter(Boolean)]) {
        try {
            return createRequire(join(place, "x.js"))("onnxruntime-node");
        } catch (error) {
            if (error.code !== "MODULE_NOT_FOUND") throw error;
        }
    }
    console.error("onnxruntime-node is missing: npm install --ignore-scripts onnxruntime-node");
    process.exit(3);
}

// The members of a ZIP file, by name.
function unzip(file) {
    const end = file.lastIndexOf("PK\x05\x06", undefined, "latin1");
    const members = new Map();
    let at = file.readUInt32LE(end + 16);
    for (let n = file.readUInt16LE(end + 10); n > 0; n--) {
        const [method, size] = [file.readUInt16LE(at + 10), file.readUInt32LE(at + 20)];
        const [nameLength, extra, comment] = [28, 30, 32].map((i) => file.readUInt16LE(at + i));
        const header = file.readUInt32LE(at + 42);
        const start = header + 30 + file.readUInt16LE(header + 26) + file.readUInt16LE(header + 28);
        const data = file.subarray(start, start + size);
        const name = file.toString("utf8", at + 46, at + 46 + nameLength);
        members.set(name, method === 8 ? inflateRawSync(data) : data);
        at += 46 + nameLength + extra + comment;
    }
    return members;
}

// An array of numpy's .npy format, little-endian, in C order.
function parseArray(npy, Type) {
    const start = 10 + npy.readUInt16LE(8);
    const shape = npy.toString("latin1", 10, start).match(/'shape': \(([^)]*)\)/)[1];
    const bytes = new Uint8Array(npy.subarray(start));
    return { data: new Type(bytes.buffer), dims: shape.split(",").filter((s) => s.trim()).map(Number) };
}

const { InferenceSession, Tensor } = loadRuntime();
const held = unzip(readFileSync(join(here, "digits-test.npz")));
const images = parseArray(held.get("images.npy"), Float32Array);
const labels = parseArray(held.get("labels.npy"), BigInt64Array).data;
const torch = JSON.parse(readFileSync(join(here, "digits.json"), "utf8"));

const session = await InferenceSession.create(process.argv[2] ?? "digits.onnx");
const pixels = images.data.length / labels.length;
const onePerRun = session.inputMetadata?.[0]?.shape?.[0] === 1;
const step = onePerRun ? 1 : labels.length;
let correct = 0;
let farthest = 0;
for (let first = 0; first < labels.length; first += step) {
    const part = images.data.subarray(first * pixels, (first + step) * pixels);
    const feeds = { [session.inputNames[0]]: new Tensor("float32", part, [step, ...images.dims.slice(1)]) };
    const logits = (await session.run(feeds))[session.outputNames[0]].data;
    for (let i = 0; i < step; i++) {
        const row = Array.from(logits.subarray(i * 10, i * 10 + 10));
        correct += row.indexOf(Math.max(...row)) === Number(labels[first + i]);
        if (first + i === 0) farthest = Math.max(...row.map((v, k) => Math.abs(v - torch.first_logits[k])));
    }
}

const share = (n) => `${n} of ${labels.length} right (${((100 * n) / labels.length).toFixed(1)} %)`;
console.log(`PyTorch ${torch.torch.replace(/\+.*/, "")}: ${share(torch.correct)}`);
console.log(`ONNX Runtime:  ${share(correct)}`);
console.log(`largest difference in the first image's scores: ${farthest.toExponential(1)}`);
process.exit(correct === torch.correct && farthest < 1e-3 ? 0 : 1);
