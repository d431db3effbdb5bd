import { searchKinds } from '../search/search-kinds.js';
import { Collection } from './collection.js';
import { Workplace } from './server-process.js';

jest.setTimeout(120_000);

describe('a search of the standalone server', () => {
  searchKinds(async (settings) => {
    const workplace = new Workplace();
    const server = await workplace.start(settings);
    const url = () => server.url;
    return { collection: new Collection(url), queryUrl: server.url, close: () => workplace.remove() };
  });
});
