/** kafkajs' own writing and reading of the protocol: it is not exported, and has no types. */
declare module 'kafkajs/src/protocol/encoder' {
  class Encoder {
    writeInt32(value: number): this;
    writeBoolean(value: boolean): this;
    /** A compact string. */
    writeUVarIntString(text: string): this;
    /** A compact array. */
    writeUVarIntArray(items: readonly Encoder[]): this;
    writeUVarInt(value: number): this;
    readonly buffer: Buffer;
  }
  export = Encoder;
}

declare module 'kafkajs/src/protocol/decoder' {
  class Decoder {
    constructor(bytes: Buffer);
    readInt16(): number;
    readInt32(): number;
    readInt64(): bigint;
    /** A compact string. */
    readUVarIntString(): string | null;
    /** A compact array. */
    readUVarIntArray<T>(readItem: () => T): T[] | null;
    readUVarInt(): number;
    forward(bytes: number): void;
  }
  export = Decoder;
}

declare module 'kafkajs/src/protocol/requests/offsetFetch/v4/response' {
  interface Checked {
    readonly errorCode: number;
    readonly responses: readonly { readonly partitions: readonly { readonly errorCode: number }[] }[];
  }
  /** @throws kafkajs' error for the answer's error code, else for that of the first partition that has one. */
  export function parse<T extends Checked>(answer: T): Promise<T>;
}
