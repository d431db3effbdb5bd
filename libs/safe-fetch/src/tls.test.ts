import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWith } from '#testkit';
import { fetchWorld, givePicture, MAX, PICTURE, redirect } from '../test/picture-server.js';

const world = fetchWorld();
const run = promisify(execFile);

describeWith('openssl', spawnSync('openssl', ['version']).status === 0)('over https', () => {
  let folder: string;
  let certificate: string;
  let server: Server;
  let port: number;
  let answer: RequestListener;
  let requests: number;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lookalike-tls-'));
    certificate = join(folder, 'certificate.pem');
    const key = join(folder, 'key.pem');
    const subject = ['-subj', '/CN=pictures.example', '-addext', 'subjectAltName=DNS:pictures.example,IP:127.0.0.1'];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
      requests += 1;
      answer(request, response);
    });
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });

  beforeEach(() => {
    answer = givePicture;
    requests = 0;
  });

  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What becomes of a link in a process that trusts the certificate: Node reads that at its start. */
  async function fetchedWithTrust(hostname: string, httpPorts: readonly number[] = []): Promise<unknown> {
    const script = `
      const { createPictureFetcher } = require(${JSON.stringify(join(__dirname, 'index.js'))});
      const fetcher = createPictureFetcher({
        httpPorts: ${JSON.stringify(httpPorts)},
        httpsPorts: [${port}],
        allowedNetworks: ['127.0.0.1'],
        resolveHost: async () => ['127.0.0.1'],
      });
      fetcher.fetch('https://${hostname}:${port}/', { maxBytes: 1000 })
        .then(({ bytes }) => bytes.toString(), ({ code, message, facts }) => ({ code, message, facts }))
        .then((result) => console.log(JSON.stringify(result)))
        .then(() => fetcher.close());`;
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate };
    const { stdout } = await run(process.execPath, ['-e', script], { env });
    return JSON.parse(stdout);
  }

  test.each(['127.0.0.1', 'pictures.example'])('a picture of %s is fetched', async (hostname) => {
    expect(await fetchedWithTrust(hostname)).toBe(PICTURE.toString());
  });

  test('a redirect to http is refused, though http is allowed', async () => {
    const plain = await world.http(givePicture);
    answer = redirect(plain.url);
    const refused = { code: 'link-refused', facts: { reason: 'downgrade' } };
    expect(await fetchedWithTrust('127.0.0.1', [plain.port])).toMatchObject(refused);
    expect(plain.connections).toBe(0);
  });

  test('a certificate of another name is a fault, and nothing is asked', async () => {
    expect(await fetchedWithTrust('other.example')).toMatchObject({
      code: 'link-unavailable',
      message: expect.stringContaining('(ERR_TLS_CERT_ALTNAME_INVALID)'),
    });
    expect(requests).toBe(0);
  });

  test('a certificate that nobody vouches for is a fault, and nothing is asked', async () => {
    const fetched = world.fetcher({ httpsPorts: [port] }).fetch(`https://127.0.0.1:${port}/`, MAX);
    await expect(fetched).rejects.toMatchObject({
      code: 'link-unavailable',
      message: expect.stringContaining('(DEPTH_ZERO_SELF_SIGNED_CERT)'),
    });
    expect(requests).toBe(0);
  });
});
