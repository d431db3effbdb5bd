/** kafkajs' own writing and reading of the protocol: it is not exported, and has no types. */
declare module 'kafkajs/src/protocol/encoder' {
  class Encoder {
    writeInt8(value: number): this;
    writeInt16(value: number): this;
    writeInt32(value: number): this;
    writeInt64(value: number): this;
    writeVarInt(value: number): this;
    writeBoolean(value: boolean): this;
    /** A compact string. */
    writeUVarIntString(text: string | null): this;
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
    readonly offset: number;
    readInt16(): number;
    readInt32(): number;
    readInt64(): bigint;
    /** A compact string. */
    readUVarIntString(): string | null;
    /** A compact array. */
    readUVarIntArray<T>(readItem: () => T): T[] | null;
    readUVarInt(): number;
    readVarInt(): number;
    readString(): string;
    readArray<T>(readItem: () => T): T[];
    readArrayAsync<T>(readItem: () => Promise<T>): Promise<T[]>;
    readVarIntBytes(): Buffer | null;
    readBytes(): Buffer | null;
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
