import { describeWithModels, describeWithPhotos } from '#testkit';
import { labelKinds } from '../search/labels.js';
import { Collection } from './collection.js';
import { LABELLING } from './encoders.js';
import { Workplace } from './server-process.js';

jest.setTimeout(120_000);

describeWithPhotos('with photos', () => {
  describeWithModels('labels of the standalone server', () => {
    labelKinds(async () => {
      const workplace = new Workplace(LABELLING);
      const server = await workplace.start({});
      return {
        collection: new Collection(() => server.url),
        queryUrl: server.url,
        close: () => workplace.remove(),
      };
    });
  });
});
