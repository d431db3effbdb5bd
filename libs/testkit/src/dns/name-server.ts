import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const TYPES: Readonly<Record<number, 'A' | 'AAAA'>> = { 1: 'A', 28: 'AAAA' };
const NOT_FOUND = 3;

export interface DnsQuestion {
  readonly name: string;
  readonly type: 'A' | 'AAAA';
  /** How often the same was asked before. */
  readonly before: number;
}

/** @returns the bytes of the address; `null` when there is no such name. */
export type AnswerDns = (question: DnsQuestion) => readonly number[] | null;

/** A DNS server on loopback, which may answer another time otherwise. RFC 1035, one question and one record. */
export class NameServer {
  readonly asked: DnsQuestion[] = [];

  private constructor(
    private readonly socket: Socket,
    readonly address: string,
  ) {}

  static async start(answer: AnswerDns): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const it = new NameServer(socket, `127.0.0.1:${socket.address().port}`);
    socket.on('message', (query, from) => socket.send(it.#answer(query, answer), from.port, from.address));
    return it;
  }

  stop(): void {
    this.socket.close();
  }

  #answer(query: Buffer, answer: AnswerDns): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const [question, typeCode] = [query.subarray(12, at + 5), query.readUInt16BE(at + 1)];
    const address = this.#address(labels.join('.'), TYPES[typeCode], answer);
    const head = Buffer.alloc(12);
    head.writeUInt16BE(query.readUInt16BE(0), 0);
    head.writeUInt16BE(0x8180 | (address === null ? NOT_FOUND : 0), 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(address === null ? 0 : 1, 6);
    if (address === null) return Buffer.concat([head, question]);
    const record = Buffer.from([0xc0, 12, 0, typeCode, 0, 1, 0, 0, 0, 60, 0, address.length, ...address]);
    return Buffer.concat([head, question, record]);
  }

  #address(name: string, type: DnsQuestion['type'] | undefined, answer: AnswerDns): readonly number[] | null {
    if (type === undefined) return null;
    const before = this.asked.filter((it) => it.name === name && it.type === type).length;
    const question = { name, type, before };
    this.asked.push(question);
    return answer(question);
  }
}
