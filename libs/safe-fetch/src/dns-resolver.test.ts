import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { dnsResolver } from './dns-resolver.js';

const A = 1;
const AAAA = 28;
const NOT_FOUND = 3;

/** Answers every question of the types it knows; others have no such name. */
class NameServer {
  readonly asked: string[] = [];
  private constructor(
    private readonly socket: Socket,
    readonly address: string,
  ) {}

  static async start(answers: Readonly<Record<number, readonly number[]>>): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const it = new NameServer(socket, `127.0.0.1:${socket.address().port}`);
    socket.on('message', (query, from) => socket.send(it.#answer(query, answers), from.port, from.address));
    return it;
  }

  stop(): void {
    this.socket.close();
  }

  #answer(query: Buffer, answers: Readonly<Record<number, readonly number[]>>): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    this.asked.push(labels.join('.'));
    const question = query.subarray(12, at + 5);
    const type = query.readUInt16BE(at + 1);
    const data = answers[type];
    const head = Buffer.alloc(12);
    head.writeUInt16BE(query.readUInt16BE(0), 0);
    head.writeUInt16BE(0x8180 | (data === undefined ? NOT_FOUND : 0), 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(data === undefined ? 0 : 1, 6);
    if (data === undefined) return Buffer.concat([head, question]);
    const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length, ...data]);
    return Buffer.concat([head, question, record]);
  }
}

let server: NameServer | undefined;
afterEach(() => server?.stop());

test('a name has the addresses of both families, as its servers say', async () => {
  server = await NameServer.start({ [A]: [192, 0, 2, 7], [AAAA]: [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 7] });
  expect(await dnsResolver([server.address])('pictures.example')).toEqual(['192.0.2.7', '2001:db8::7']);
  expect(new Set(server.asked)).toEqual(new Set(['pictures.example']));
});

test('one family is enough', async () => {
  server = await NameServer.start({ [AAAA]: [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 7] });
  expect(await dnsResolver([server.address])('pictures.example')).toEqual(['2001:db8::7']);
});

test('a name that nobody knows is an error', async () => {
  server = await NameServer.start({});
  await expect(dnsResolver([server.address])('pictures.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

test.each(['localhost', 'localhost.', 'a.localhost'])('%s is loopback, and no server is asked', async (name) => {
  server = await NameServer.start({});
  expect(await dnsResolver([server.address])(name)).toEqual(['127.0.0.1', '::1']);
  expect(server.asked).toEqual([]);
});
