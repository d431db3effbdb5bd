import { checkedUploads } from '../search/checked-uploads.js';
import { Collection } from './collection.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(120_000);

describe('an upload that the standalone server checks', () => {
  const workplace = new Workplace();
  let server: ServerProcess;
  beforeAll(async () => {
    server = await workplace.start();
  });
  afterAll(() => workplace.remove());

  checkedUploads(() => ({ collection: new Collection(() => server.url), ingestUrl: server.url }));
});
