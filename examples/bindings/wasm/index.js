// SPDX-License-Identifier: Apache-2.0
// libincexport as WebAssembly; index.d.ts says what there is. Each call runs the command in an instance of its own, and
// on the thread that calls: in a browser that has to be a worker, as worker.js is one.
import createModule from './module.js';
import { folder, openInput, Pieces } from './files.js';

export { Pieces };

const isNode = typeof process === 'object' && !!process.versions && !!process.versions.node;
const STOPPED = 130;

export class IncError extends Error {
    constructor(exitStatus, error, warnings) {
        super(error.message);
        this.name = 'IncError';
        this.exitStatus = exitStatus;
        this.status = error.error;
        this.warnings = warnings;
        for (const part of ['hint', 'stage', 'entry', 'line', 'column', 'python', 'operator', 'scope', 'unsupported'])
            this[part] = error[part];
    }
}

async function compile(from) {
    if (from instanceof WebAssembly.Module)
        return from;
    if (from)
        return WebAssembly.compile(from);
    const url = new URL('./module.wasm', import.meta.url);
    if (isNode && url.protocol === 'file:')
        return WebAssembly.compile(await (await import('node:fs/promises')).readFile(url));
    const response = await fetch(url);
    if (!response.ok)
        throw new Error(`incexport: ${url} could not be had: ${response.status}`);
    return WebAssembly.compile(await response.arrayBuffer());
}

// "quantFormat" and "quant_format" are --quant-format.
const dashed = (key) => key.replace(/_/g, '-').replace(/[A-Z]/g, (c) => '-' + c.toLowerCase());

const isFile = (value) => typeof value === 'object' && value !== null &&
    (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || typeof value.read === 'function' ||
        (typeof Blob !== 'undefined' && value instanceof Blob));

/** Options as the command has them; what is a file is put into files, and called by its name there. */
function argumentsOf(options, files) {
    const args = [];
    const add = (option, value) => {
        if (value === undefined || value === null || value === false)
            return;
        if (value === true)
            args.push(option);
        else if (isFile(value))
            args.push(option, put(files, value, option.slice(2)));
        else if (Array.isArray(value))
            value.forEach((one) => add(option, one));
        else
            args.push(option, typeof value === 'object' ? JSON.stringify(value) : String(value));
    };
    for (const [key, value] of Object.entries(options)) {
        const option = '--' + dashed(key);
        // Lists of names are one argument, a list of inputs one each.
        add(option, Array.isArray(value) && /-names$/.test(option) ? value.join(',') : value);
    }
    return args;
}

/** What a file is called is what messages call it; two of one name are told apart. */
function put(files, value, otherwise) {
    const base = String(value.name || otherwise).replace(/^.*[/\\]/, '').replace(/^-/, '_') || otherwise;
    let name = base;
    for (let i = 2; files.has(name); i++)
        name = `${i}-${base}`;
    files.set(name, openInput(value));
    return name;
}

const lines = (list) => {
    const text = [];
    return { take: (line) => text.push(line), text: () => text.join('\n') };
};

class Incexport {
    constructor(module) {
        this.module = module;
    }

    /** The command itself, in a folder of files, to which results are added. */
    async run(args, { files = new Map(), create = () => new Pieces(), progress } = {}) {
        const out = lines(), err = lines();
        let raised = null, memory = null;
        const instance = await createModule({
            instantiateWasm: (imports, done) => {
                WebAssembly.instantiate(this.module, imports).then((made) => {
                    memory = made.exports.memory || Object.values(made.exports).find((e) => e instanceof WebAssembly.Memory);
                    done(made);
                });
                return {};
            },
            print: out.take,
            printErr: err.take,
            noInitialRun: true,
            onProgress: (stage, done, total) => {
                if (raised || !progress)
                    return !!raised;
                try {
                    return progress(stage, done, total) === true;
                } catch (error) {
                    raised = error;
                    return true;
                }
            },
        });
        const here = folder(instance.FS, files, create);
        instance.FS.mkdir('/files');
        instance.FS.mount({ mount: here.mount }, {}, '/files');
        instance.FS.chdir('/files');
        const status = instance.callMain(args);
        if (raised || here.failure())
            throw raised || here.failure();
        return { status, stdout: out.text(), stderr: err.text(), files: here.results, memory: memory.buffer.byteLength };
    }

    async runJson(command, model, options, { create, progress, output } = {}) {
        const files = new Map(), name = put(files, model, 'model.pt');
        const args = [...command, ...argumentsOf(options, files), '--json', name];
        if (output)
            args.push('-o', output(name));
        const result = await this.run(args, { files, create, progress });
        const warnings = [...result.stderr.matchAll(/^inc-export: warning: (.*)$/gm)].map((m) => m[1]);
        let json;
        try {
            json = JSON.parse(result.stdout);
        } catch (error) {
            throw new Error(`incexport: the command ended with ${result.status}: ${result.stderr}`);
        }
        if (json.error && result.status !== 0)
            throw new IncError(result.status, json, warnings);
        return { ...result, json, warnings };
    }

    async inspect(model, options = {}) {
        const { json, warnings, memory } = await this.runJson(['inspect'], model, options);
        return { ...json, warnings, memory };
    }

    async export(model, options = {}, { output, create, progress } = {}) {
        const began = performance.now();
        const result = await this.runJson([], model, options,
            { create, progress, output: (name) => output || name.replace(/\.[^.]*$/, '') + '.onnx' });
        return { report: result.json, files: result.files, warnings: result.warnings, memory: result.memory,
            seconds: (performance.now() - began) / 1000 };
    }

    async version() {
        return (await this.run(['--version'])).stdout.replace(/^inc-export /, '').trim();
    }
}

/** Compiles the module, of wasm or of the file beside this one. */
export async function load(wasm) {
    return new Incexport(await compile(wasm));
}

/** A file of the disk, for Node.js: what reads it, and what writes it. */
export async function nodeFile(path, mode = 'r') {
    const fs = await import('node:fs');
    const fd = fs.openSync(path, mode);
    return {
        name: path.replace(/^.*[/\\]/, ''),
        size: mode === 'r' ? fs.fstatSync(fd).size : 0,
        read(at, size) {
            const bytes = new Uint8Array(size);
            return bytes.subarray(0, fs.readSync(fd, bytes, 0, size, at));
        },
        write(at, bytes) {
            for (let done = 0; done < bytes.length;)
                done += fs.writeSync(fd, bytes, done, bytes.length - done, at + done);
            this.size = Math.max(this.size, at + bytes.length);
        },
        truncate() {
            fs.ftruncateSync(fd, 0);
            this.size = 0;
        },
        close: () => fs.closeSync(fd),
    };
}
