// SPDX-License-Identifier: Apache-2.0
/** What can be read by slices; a Blob in a worker only, as elsewhere browsers read it later. */
export interface Readable {
    name?: string;
    readonly size: number;
    read(at: number, size: number): Uint8Array;
}
export type Input = Blob | ArrayBuffer | ArrayBufferView | Readable;

/** What takes a result, in order. */
export interface Writable {
    size: number;
    write(at: number, bytes: Uint8Array): void;
    truncate?(size: number): void;
}

/** A result that is kept: as a Blob of Blobs, which browsers put on the disk when it is large. */
export class Pieces implements Writable {
    size: number;
    write(at: number, bytes: Uint8Array): void;
    blob(): Blob;
    bytes(): Promise<Uint8Array>;
}

type Axes = Record<string, Record<number, string> | number[]>;

/** Those of the command, docs/command.md; "quantFormat" or "quant_format" is --quant-format. */
export interface Options {
    dtype?: 'auto' | 'fp32' | 'int8';
    opset?: number | 'auto';
    quantFormat?: 'QDQ' | 'QLinear';
    recipe?: 'QDQ_OP_FP32_BIAS' | 'QDQ_OP_INT32_BIAS' | 'QDQ_OP_FP32_BIAS_QDQ';
    activations?: 'auto' | 'source' | 'uint8' | 'int8';
    noContribOps?: boolean;
    /** "myns=my.domain": where operators of your own go. */
    customDomain?: string | string[];
    /** A quantized checkpoint over this FP32 model. */
    quantized?: Input;
    /** An .npz or .npy file. */
    exampleInputs?: Input;
    /** "x=float32[1,3,224,224]", "x=float32[batch,3,224,224]". */
    input?: string | string[];
    inputNames?: string[];
    outputNames?: string[];
    dynamic?: string | string[];
    dynamicAxes?: Axes;
    state?: 'fail' | 'io' | 'drop';
    names?: 'torch' | 'hf';
    externalData?: 'auto' | 'never' | 'always';
    program?: string;
    method?: string;
    metadata?: string | string[];
    producer?: string;
    /** A file of options. */
    config?: Input;
    /** Attention and RMS norm as single operators, of opset 23. */
    fuse?: boolean;
    /** Quantized average pools and resizes as runtimes run them on integers, though these round otherwise than PyTorch. */
    integerKernels?: boolean;
    /** A free size that is fixed, a branch decided as for the example, a check that is left out: errors. */
    strict?: boolean;
    unrollLimit?: number;
    memoryLimit?: number | string;
    workLimit?: number;
}

export interface Value {
    name: string;
    dtype: string | null;
    /** null: not known; a size that is not fixed is its name. */
    shape: (number | string)[] | null;
}

export interface Planned {
    module: string; operator: string; arithmetic: 'float32' | 'int8' | 'int8 weights'; input: string | null;
    weight: string | null; output: string | null; form: string; node: string | null; python: string | null;
    reason: string | null;
}

/** As `inc-export inspect --json` has it. */
export interface Info {
    file: string; kind: string; class: string | null; torch_version: string | null; format_version: number;
    quantized: boolean; recorded_inputs: boolean; inputs: Value[]; outputs: Value[];
    operators: Record<string, number>; programs: string[]; methods: string[]; weights: number; weight_bytes: number;
    plan: Planned[] | null; warnings: string[];
    /** Bytes of the module's memory at the end. */
    memory: number;
    [other: string]: unknown;
}

/** As `inc-export --json` has it. */
export interface Report {
    output: string; bytes: number; external: string | null; external_bytes: number; dtype: string; opset: number;
    inputs: Value[]; outputs: Value[]; nodes: number; operators: Record<string, number>; constants: number;
    constant_bytes: number; warnings: string[]; plan: Planned[] | null; seconds: number;
    [other: string]: unknown;
}

export interface Unsupported {
    operator: string | null; reason: string | null; count: number; module: string | null; python: string | null;
    entry: string | null; line: number; hint: string | null;
}

/** What went wrong; parts are null (numbers: 0) where they are not known. */
export class IncError extends Error {
    /** "INC_E_UNSUPPORTED" and so on. */
    status: string;
    /** Of the command. */
    exitStatus: number;
    hint: string | null; stage: string | null; entry: string | null; line: number; column: number;
    python: string | null; operator: string | null; scope: string | null;
    unsupported: Unsupported[];
    warnings: string[];
}

export interface Exported<F extends Writable> {
    report: Report;
    /** "model.onnx", and "model.onnx.data", "model.onnx.state.npz" where there are such. */
    files: Map<string, F>;
    warnings: string[];
    seconds: number;
    memory: number;
}

export interface Incexport {
    inspect(model: Input, options?: Options): Promise<Info>;
    /** output: what the ONNX file is called; create: what takes each result. progress: true stops. */
    export<F extends Writable = Pieces>(model: Input, options?: Options, more?: {
        output?: string;
        create?: (name: string) => F;
        progress?: (stage: string, done: number, total: number) => boolean | void;
    }): Promise<Exported<F>>;
    /** The command with arguments, in a folder of these files. */
    run(args: string[], more?: {
        files?: Map<string, Readable>;
        create?: (name: string) => Writable;
        progress?: (stage: string, done: number, total: number) => boolean | void;
    }): Promise<{ status: number; stdout: string; stderr: string; files: Map<string, Writable>; memory: number }>;
    version(): Promise<string>;
}

/** Compiles module.wasm, which lies beside this file, or what is given. */
export function load(wasm?: WebAssembly.Module | BufferSource): Promise<Incexport>;

/** A file of the disk, in Node.js. */
export function nodeFile(path: string, mode?: 'r' | 'w+'): Promise<Readable & Writable & { close(): void }>;
