// SPDX-License-Identifier: Apache-2.0
/** One of the things that a model has and that cannot be exported. */
export interface Unsupported {
    op: string | null; reason: string | null; hint: string | null; python: string | null; entry: string | null;
    scope: string | null; count: number; line: number; column: number;
}

/** What went wrong; parts are null (numbers: 0) where they are not known. */
export class IncError extends Error {
    /** One of the INC_E_ values. */
    code: number;
    /** Its name. */
    status: string;
    reason: string | null; hint: string | null; stage: string | null; entry: string | null; line: number; column: number;
    python: string | null; operator: string | null; scope: string | null;
    unsupported: Unsupported[];
}

export interface Tensor {
    name?: string | null;
    shape: number[];
    /** As PyTorch or NumPy has it; "float32". */
    dtype?: string;
    /** Not needed where type and shape are enough. */
    data?: ArrayBufferView | null;
}

export interface Torch2ONNXConfig {
    dtype?: 'int8' | 'fp32' | 'auto';
    /** 'auto': the lowest opset from the default on that says the model best. */
    opset_version?: number | 'auto';
    quant_format?: 'QDQ' | 'QLinear' | 'QOperator';
    example_inputs?: Tensor[];
    input_names?: string[];
    output_names?: string[];
    dynamic_axes?: Record<string, Record<number, string> | number[]>;
    recipe?: 'QDQ_OP_FP32_BIAS' | 'QDQ_OP_INT32_BIAS' | 'QDQ_OP_FP32_BIAS_QDQ';
    external_data?: 'auto' | 'never' | 'always';
    program?: string | null;
    method?: string | null;
    allow_contrib_ops?: boolean;
    target?: number;
    state?: 'fail' | 'io' | 'drop';
    names?: 'torch' | 'hf';
    activations?: 'auto' | 'source' | 'uint8' | 'int8';
    durable?: boolean;
    /** Nothing is taken from the example that may be otherwise. */
    strict?: boolean;
    /** Attention and RMS norm as single operators, of opset 23. */
    fuse?: boolean;
    /** Quantized average pools and resizes as runtimes run them on integers, though these round otherwise than PyTorch. */
    integer_kernels?: boolean;
    /** Turns of a loop that are unrolled; 0: the default. */
    unroll_limit?: number;
    /** Lines of the model's metadata_props. */
    metadata?: Record<string, string>;
    /** Namespaces of operators that have no form in ONNX, and the domains of the nodes that they become. */
    custom_domains?: Record<string, string>;
    producer?: string | null;
    memory_limit?: number;
    work_limit?: number;
    log_level?: 'error' | 'warning' | 'info' | 'debug';
    log?: (level: string, line: string) => void;
    /** true cancels. */
    progress?: (stage: string, done: number, total: number) => boolean | void;
}

export interface Value {
    name: string | null;
    /** null: not known; a size that is not fixed is a name, or -1. */
    shape: (number | string)[] | null;
    dtype: string | null;
}

export interface Report {
    opset: number; dtype: string; n_nodes: number; bytes: number; external_bytes: number;
    inputs: Value[]; outputs: Value[]; warnings: string[];
}

export interface Info {
    kind: string; torch_version: string | null; class_name: string | null; contents: string | null;
    is_quantized: boolean; inputs: Value[]; outputs: Value[]; n_weights: number; weight_bytes: number;
}

type Write = (bytes: Buffer) => void;

/** A model file, by its path or its bytes; ends with close(). */
export class Model {
    constructor(model: string | Uint8Array, limits?: { memory_limit?: number; work_limit?: number; method?: string | null });
    close(): void;
    attachCheckpoint(path: string): this;
    inspect(): Info;
    plan(config?: Torch2ONNXConfig): Report;
    export(output: string | Write, config?: Torch2ONNXConfig,
           others?: { external?: Write; external_name?: string; state?: Write }): Report;
}

declare function exportModel(model: string | Uint8Array, output: string | Write, config?: Torch2ONNXConfig,
                             others?: { quantized?: string }): Report;
export { exportModel as export };
export function inspect(model: string | Uint8Array): Info;
export function version(): string;
