import { type FetchLink, LookalikeError } from '#core';

/** Where nothing is named by link. */
export const noLinks: FetchLink = async () => {
  throw new LookalikeError('link-refused', 'There are no links here.', { facts: { reason: 'scheme' } });
};
