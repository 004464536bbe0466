// SPDX-License-Identifier: Apache-2.0
// A worker around index.js: {id, call: 'inspect' | 'export' | 'report', model, options} gives {id, progress}… and then
// {id, result} or {id, error}. Results' files are Blobs, or files of the origin's private file system where there is one.
import { IncError, load } from './index.js';
import { openInput, Pieces } from './files.js';

const LARGE = 256 << 20; // up to here a result may be the browser's to keep
const PRIVATE = `incexport-${Math.random().toString(36).slice(2)}`; // a folder of this worker, locked while it lives
let loaded = null;

/** Of workers that are gone nothing is left. */
async function sweep() {
    navigator.locks.request(PRIVATE, () => new Promise(() => {}));
    const { held } = await navigator.locks.query(), root = await navigator.storage.getDirectory();
    for await (const name of root.keys())
        if (/^incexport-/.test(name) && !held.some((lock) => lock.name === name))
            await root.removeEntry(name, { recursive: true }).catch(() => {});
}

if (navigator.locks && navigator.storage && navigator.storage.getDirectory)
    sweep().catch(() => {}); // as in private windows

/** Files on the disk that this worker can write at once; they are opened before anybody knows their names. */
class PrivateFiles {
    static async open(n) {
        const files = new PrivateFiles();
        const root = await navigator.storage.getDirectory();
        files.folder = await root.getDirectoryHandle(PRIVATE, { create: true });
        files.free = [];
        files.used = [];
        for (let i = 0; i < n; i++) {
            const handle = await files.folder.getFileHandle(String(i), { create: true });
            files.free.push({ handle, access: await handle.createSyncAccessHandle() });
        }
        return files;
    }

    take() {
        const { handle, access } = this.free.pop() || {};
        if (!access)
            return new Pieces();
        access.truncate(0);
        const file = {
            size: 0,
            handle,
            write(at, bytes) {
                if (access.write(bytes, { at }) !== bytes.length)
                    throw new Error('the disk is full');
                this.size = Math.max(this.size, at + bytes.length);
            },
            read(at, size) {
                const bytes = new Uint8Array(size);
                return bytes.subarray(0, access.read(bytes, { at }));
            },
            truncate() {
                access.truncate(0);
                this.size = 0;
            },
        };
        this.used.push(access);
        return file;
    }

    close() {
        [...this.free.map((f) => f.access), ...this.used].forEach((access) => access.close());
    }
}

const isRoom = (model) => model.size > LARGE && navigator.storage && navigator.storage.getDirectory &&
    typeof FileSystemFileHandle !== 'undefined' && 'createSyncAccessHandle' in FileSystemFileHandle.prototype;

async function withFiles(model, work) {
    let files = null;
    if (isRoom(model))
        files = await PrivateFiles.open(4).catch(() => null); // as in private windows
    try {
        const result = await work(files ? () => files.take() : undefined);
        if (files)
            files.close();
        files = null;
        result.files = await Promise.all([...result.files].map(async ([name, file]) =>
            ({ name, size: file.size, blob: file.handle ? await file.handle.getFile() : file.blob() })));
        return result;
    } finally {
        if (files)
            files.close();
    }
}

const calls = {
    inspect: (incexport, { model, options }) => incexport.inspect(model, options),
    export: (incexport, { model, options, output }, progress) =>
        withFiles(model, (create) => incexport.export(model, options, { output, create, progress })),
    report: async (incexport, { onnx, name }) => {
        const files = new Map([[name, openInput(onnx)]]);
        const run = await incexport.run(['report', name, '-o', 'report.html'], { files });
        const page = run.files.get('report.html');
        return { status: run.status, stderr: run.stderr, html: page ? new TextDecoder().decode(await page.bytes()) : null };
    },
    version: (incexport) => incexport.version(),
};

self.onmessage = async ({ data }) => {
    const { id, call } = data;
    try {
        loaded = loaded || load(data.wasm);
        const result = await calls[call](await loaded, data,
            (stage, done, total) => self.postMessage({ id, progress: { stage, done, total } }));
        self.postMessage({ id, result });
    } catch (error) {
        const parts = error instanceof IncError ? { ...error } : {};
        self.postMessage({ id, error: { ...parts, message: String(error.message || error), name: error.name || 'Error' } });
    }
};
