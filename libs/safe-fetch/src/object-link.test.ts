import { isLookalikeError } from '#core';
import { objectOf } from './object-link.js';

const BUCKETS = ['uploads', 'photos.example-2'];

function read(link: string): unknown {
  try {
    const { bucket, key } = objectOf(link, BUCKETS);
    return [bucket, key];
  } catch (error) {
    return isLookalikeError(error) && error.code === 'link-refused' ? error.facts.reason : error;
  }
}

test.each([
  ['s3://uploads/a.jpg', 'uploads', 'a.jpg'],
  ['S3://uploads/a.jpg', 'uploads', 'a.jpg'],
  ['s3://photos.example-2/2026/boat.jpg', 'photos.example-2', '2026/boat.jpg'],
  ['s3://uploads/a%20b.jpg', 'uploads', 'a%20b.jpg'],
  ['s3://uploads/%2e%2e/a.jpg', 'uploads', '%2e%2e/a.jpg'],
  ['s3://uploads/a b+c&d=é😀.jpg', 'uploads', 'a b+c&d=é😀.jpg'],
  ['s3://uploads/boat #1.jpg', 'uploads', 'boat #1.jpg'],
  ['s3://uploads/a.jpg?versionId=1', 'uploads', 'a.jpg?versionId=1'],
  ['s3://uploads//a//b.jpg', 'uploads', '/a//b.jpg'],
  ['s3://uploads/folder/', 'uploads', 'folder/'],
  ['s3://uploads/...', 'uploads', '...'],
  ['s3://uploads/a..b/.c', 'uploads', 'a..b/.c'],
  ['s3://uploads/a\nb', 'uploads', 'a\nb'],
  ['s3://uploads/s3://other/a', 'uploads', 's3://other/a'],
  [`s3://uploads/${'é'.repeat(512)}`, 'uploads', 'é'.repeat(512)],
])('%j names an object', (link, bucket, key) => {
  expect(read(link)).toEqual([bucket, key]);
});

test.each([
  ['s3://uploads', 'syntax'],
  ['s3://uploads/', 'syntax'],
  ['s3:///a.jpg', 'syntax'],
  ['s3:uploads/a.jpg', 'syntax'],
  ['s3:/uploads/a.jpg', 'syntax'],
  [' s3://uploads/a.jpg', 'syntax'],
  ['s3://uploads/../other/a.jpg', 'syntax'],
  ['s3://uploads/a/./b.jpg', 'syntax'],
  ['s3://uploads/..', 'syntax'],
  [`s3://uploads/${'é'.repeat(512)}a`, 'syntax'],
  ['s3://uploads/\ud83d.jpg', 'syntax'],
  ['s3://other/a.jpg', 'bucket'],
  ['s3://Uploads/a.jpg', 'bucket'],
  ['s3://uploads./a.jpg', 'bucket'],
  ['s3://uploads:443/a.jpg', 'bucket'],
  ['s3://me:secret@uploads/a.jpg', 'bucket'],
  ['s3://uploads%2Fa/b.jpg', 'bucket'],
  ['s3://uploads\\..\\other/a.jpg', 'bucket'],
  ['s3://../uploads/a.jpg', 'bucket'],
  ['s3://uploads?/a.jpg', 'bucket'],
  ['s3://uploads#/a.jpg', 'bucket'],
  ['s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/photos/a.jpg', 'bucket'],
])('%j is refused: %s', (link, reason) => {
  expect(read(link)).toBe(reason);
});
