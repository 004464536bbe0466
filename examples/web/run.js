// SPDX-License-Identifier: Apache-2.0
// ONNX Runtime Web on what was written, where it lies beside the page in ort/ (npm's onnxruntime-web/dist).
const MOST = 512 << 20; // the runtime keeps all of a model in memory

const ARRAYS = { float32: Float32Array, float64: Float64Array, int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array,
    int32: Int32Array, uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array, bool: Uint8Array };

async function runtime() {
    const place = new URL('./ort/', import.meta.url).href;
    let ort;
    try {
        ort = await import(`${place}ort.wasm.min.mjs`);
    } catch (error) {
        throw new Error('ONNX Runtime Web is not here: it comes from npm, and its folder dist has to lie beside this page as ort.');
    }
    ort.env.wasm.wasmPaths = place;
    ort.env.wasm.numThreads = 1;
    return ort;
}

/** Numbers that look like any: -1 to 1, the same every time. Integers are 0 and 1, as indices may be few. */
function numbersFor(input) {
    const dims = input.shape.map((size) => (typeof size === 'number' && size >= 0 ? size : 1));
    const Type = ARRAYS[input.dtype];
    if (!Type)
        throw new Error(`No numbers are made up for ${input.name}, which is ${input.dtype}.`);
    const data = new Type(dims.reduce((a, b) => a * b, 1));
    let seed = 1;
    for (let i = 0; i < data.length; i++) {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        data[i] = /^float/.test(input.dtype) ? seed / 2 ** 31 - 1 : /64$/.test(input.dtype) ? BigInt(seed >>> 31) : seed >>> 31;
    }
    return { type: input.dtype, data, dims };
}

const short = (x) => (typeof x === 'number' && !Number.isInteger(x) ? x.toPrecision(4) : String(x));

export async function runHere({ report, files }) {
    const size = files.reduce((n, f) => n + f.size, 0);
    if (size > MOST)
        throw new Error(`The model is too large to be run here: ${Math.round(size / 2 ** 20)} MiB of at most ${MOST >> 20}.`);
    const ort = await runtime();
    const bytes = async (f) => new Uint8Array(await f.blob.arrayBuffer());
    const model = files.find((f) => f.name === report.output), data = files.find((f) => f.name === report.external);
    const session = await ort.InferenceSession.create(await bytes(model),
        { executionProviders: ['wasm'], externalData: data ? [{ path: data.name, data: await bytes(data) }] : undefined });
    const feeds = {};
    for (const input of report.inputs) {
        const { type, data: numbers, dims } = numbersFor(input);
        feeds[input.name] = new ort.Tensor(type, numbers, dims);
    }
    const began = performance.now();
    const found = await session.run(feeds);
    const milliseconds = performance.now() - began;
    const outputs = session.outputNames.map((name) => {
        const { type, dims, data: values } = found[name];
        let least = values[0], most = values[0];
        for (const x of values) {
            least = x < least ? x : least;
            most = x > most ? x : most;
        }
        return { name, type, dims, least: short(least), most: short(most), first: [...values.slice(0, 4)].map(short).join(', ') };
    });
    await session.release();
    return { outputs, milliseconds, version: ort.env.versions.web || ort.env.versions.common };
}
