import { duplicates } from '../search/duplicates.js';
import { Collection } from './collection.js';
import { Workplace } from './server-process.js';

jest.setTimeout(120_000);

describe('duplicates on the standalone server', () => {
  duplicates(async (settings) => {
    const workplace = new Workplace();
    const server = await workplace.start(settings);
    const url = () => server.url;
    return { collection: new Collection(url), queryUrl: server.url, close: () => workplace.remove() };
  });
});
