#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Classifies the images of digits-test.npz with exported models and prints how many are right, beside what PyTorch
// got: node run_digits.mjs FILE... The name of a file up to its first dot tells which model it was: digits.onnx,
// digits-static.qdq.onnx. Needs onnxruntime-node, found from the working directory or from here.

import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
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

const pixels = images.data.length / labels.length;

// What a file gets right, and how far its scores for the first image are from PyTorch's.
async function classify(file, expected) {
    const session = await InferenceSession.create(file, { logSeverityLevel: 3 });
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
            if (first + i === 0) farthest = Math.max(...row.map((v, k) => Math.abs(v - expected.first_logits[k])));
        }
    }
    return { correct, farthest };
}

const files = process.argv.length > 2 ? process.argv.slice(2) : ["digits.onnx"];
const width = Math.max(...files.map((file) => basename(file).length));
const heads = ["right in ONNX Runtime", `in PyTorch ${torch.torch.replace(/\+.*/, "")}`, "first image's scores differ by"];
console.log(`${"".padEnd(width)}  ${"size".padStart(9)}   ${heads[0]}   ${heads[1].padEnd(20)}   ${heads[2]}`);
let mistakes = 0;
for (const file of files) {
    const name = basename(file).replace(/\..*/, "");
    const expected = torch.models[`${name}.pt`] ?? torch.models[`${name}.pt2`];
    if (!expected) {
        console.error(`digits.json knows no model ${name}`);
        process.exit(2);
    }
    const { correct, farthest } = await classify(file, expected);
    const kilobytes = (statSync(file).size / 1000).toFixed(1).padStart(6);
    const share = (n) => `${n} of ${labels.length} (${((100 * n) / labels.length).toFixed(1)} %)`;
    console.log(`${basename(file).padEnd(width)}  ${kilobytes} kB   ${share(correct).padEnd(21)}   ${share(expected.correct).padEnd(20)}   ${farthest.toExponential(1)}`);
    // Rounding to 256 steps may fall on the other side for an image between two digits.
    mistakes += Math.abs(correct - expected.correct) > (name === "digits" ? 0 : 1);
    mistakes += name === "digits" && farthest > 1e-3;
}
process.exit(mistakes > 0 ? 1 : 0);
