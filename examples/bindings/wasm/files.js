// SPDX-License-Identifier: Apache-2.0
// Where the module's files are. Inputs are read by slices, where and when the module asks for them; results are handed
// on as they are written. Neither is ever whole in the module's memory.

const FIRST_AHEAD = 64 << 10, MOST_AHEAD = 16 << 20, NEAR = 128 << 10;

/** A Blob, as a File is one; in a worker only, as elsewhere browsers read them later. Asking the browser for anything
 * costs as much as some ten kB of it do, so that more and more is read as reads go on forward in small steps. */
class BlobFile {
    constructor(blob) {
        this.blob = blob;
        this.size = blob.size;
        this.reader = new FileReaderSync();
        this.bytes = new Uint8Array(0);
        this.begin = this.end = this.ahead = 0; // of these bytes; of the last read; how much was read at once
    }

    read(at, size) {
        if (at < this.begin || at + size > this.begin + this.bytes.length) {
            const goesOn = at >= this.end && at - this.end <= NEAR;
            this.ahead = goesOn ? Math.min(Math.max(this.ahead * 2, FIRST_AHEAD), MOST_AHEAD) : 0;
            const end = at + Math.max(size, this.ahead);
            this.bytes = new Uint8Array(this.reader.readAsArrayBuffer(this.blob.slice(at, end)));
            this.begin = at;
        }
        this.end = at + size;
        return this.bytes.subarray(at - this.begin, at - this.begin + size);
    }
}

class BytesFile {
    constructor(bytes) {
        this.bytes = ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
            : new Uint8Array(bytes);
        this.size = this.bytes.length;
    }

    read(at, size) {
        return this.bytes.subarray(at, at + size);
    }
}

/** What can be read as one of the files above is left as it is: an object with size and read(at, size). */
export function openInput(from) {
    if (typeof Blob !== 'undefined' && from instanceof Blob)
        return new BlobFile(from);
    if (ArrayBuffer.isView(from) || from instanceof ArrayBuffer)
        return new BytesFile(from);
    if (from && typeof from.read === 'function' && Number.isSafeInteger(from.size))
        return from;
    throw new TypeError('incexport: a file is a Blob, bytes, or an object with size and read(at, size)');
}

const PIECE = 16 << 20;

/** A result in pieces; Blobs of them are the browser's, which keeps large ones on the disk. */
export class Pieces {
    constructor() {
        this.truncate();
    }

    write(at, bytes) {
        if (at !== this.size)
            throw new RangeError('incexport: pieces come in order');
        this.waiting.push(bytes.slice());
        this.size += bytes.length;
        this.nWaiting += bytes.length;
        if (this.nWaiting >= PIECE)
            this.gather();
    }

    gather() {
        this.pieces.push(new Blob(this.waiting));
        this.waiting = [];
        this.nWaiting = 0;
    }

    truncate() {
        this.pieces = [];
        this.waiting = [];
        this.size = this.nWaiting = 0;
    }

    blob() {
        this.gather();
        return new Blob(this.pieces, { type: 'application/octet-stream' });
    }

    async bytes() {
        return new Uint8Array(await this.blob().arrayBuffer());
    }
}

const S_IFDIR = 0o040000, S_IFREG = 0o100000, S_IFMT = 0o170000;
const ENOENT = 44, EIO = 29, ENOSYS = 52, EINVAL = 28;

/** A folder for the module's FS: of inputs by name, to which its results are added, made by create(name). */
export function folder(FS, inputs, create) {
    const results = new Map(), now = new Date();
    let failure = null;

    const guarded = (work) => { // what a file throws is an error of the system to the module
        try {
            return work();
        } catch (error) {
            failure = failure || error;
            throw new FS.ErrnoError(EIO);
        }
    };
    const nodeOps = {
        getattr: (node) => ({ dev: 1, ino: node.id, mode: node.mode, nlink: 1, uid: 0, gid: 0, rdev: 0,
            size: node.file ? node.file.size : 4096, atime: now, mtime: now, ctime: now, blksize: 4096, blocks: 0 }),
        setattr: (node, attr) => {
            if (attr.mode !== undefined)
                node.mode = (node.mode & S_IFMT) | (attr.mode & ~S_IFMT);
            if (attr.size === 0 && node.file.truncate)
                guarded(() => node.file.truncate());
        },
        lookup: (parent, name) => {
            const file = inputs.get(name) || results.get(name);
            if (!file)
                throw new FS.ErrnoError(ENOENT);
            return makeNode(parent, name, S_IFREG | 0o644, file);
        },
        mknod: (parent, name, mode) => {
            const file = guarded(() => create(name));
            results.set(name, file);
            return makeNode(parent, name, mode, file);
        },
        rename: (node, toFolder, name) => {
            results.delete(node.name);
            results.set(name, node.file);
            node.name = name;
        },
        unlink: (parent, name) => {
            results.delete(name);
        },
        readdir: () => ['.', '..', ...inputs.keys(), ...results.keys()],
        symlink: () => { throw new FS.ErrnoError(ENOSYS); },
    };
    const streamOps = {
        read: (stream, memory, offset, length, position) => {
            const file = stream.node.file, n = Math.min(length, file.size - position);
            if (n <= 0)
                return 0;
            const bytes = guarded(() => file.read(position, n));
            new Uint8Array(memory.buffer, memory.byteOffset + offset, bytes.length).set(bytes);
            return bytes.length;
        },
        write: (stream, memory, offset, length, position) => {
            guarded(() => stream.node.file.write(position,
                new Uint8Array(memory.buffer, memory.byteOffset + offset, length)));
            return length;
        },
        llseek: (stream, offset, whence) => {
            const from = whence === 1 ? stream.position : whence === 2 ? stream.node.file.size : 0;
            if (from + offset < 0)
                throw new FS.ErrnoError(EINVAL);
            return from + offset;
        },
        mmap: () => { throw new FS.ErrnoError(ENOSYS); }, // it could only be read whole
    };
    function makeNode(parent, name, mode, file) {
        const node = FS.createNode(parent, name, mode, 0);
        node.node_ops = nodeOps;
        node.stream_ops = streamOps;
        node.file = file;
        return node;
    }
    return {
        mount: () => makeNode(null, '/', S_IFDIR | 0o755, null),
        results,
        failure: () => failure,
    };
}
