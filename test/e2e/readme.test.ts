import { cpSync, mkdirSync } from 'node:fs';
import { describeWith } from '#testkit';
import { samplePhotos } from '../../apps/cli/src/quickstart/samples.js';
import { samplePath } from '../query/sample-pictures.js';
import { runnable, shellOf } from '../rebuild/guide.js';
import { Workplace } from './server-process.js';
import { ShellProcess } from './shell-process.js';

jest.setTimeout(180_000);

describeWith('sample photos', samplePhotos().length === 9)('what the README says of using it', () => {
  const workplace = new Workplace();
  let typed: ShellProcess | undefined;
  afterAll(async () => {
    await typed?.kill();
    await workplace.remove();
  });

  test('works as it stands there', async () => {
    const { url } = await workplace.start();
    mkdirSync(workplace.path('Pictures'));
    cpSync(samplePath('locomotion-house-cat'), workplace.path('Pictures/cat.jpg'));
    cpSync(samplePath('nagasaki-boats'), workplace.path('Pictures/boats.jpg'));
    cpSync(samplePath('nagasaki-boats'), workplace.path('photo.jpg'));
    const shell = runnable(shellOf('README.md').get('Use it') ?? '').replaceAll('http://127.0.0.1:8080', url);
    const env = { ...(await workplace.env()), LOOKALIKE_URL: url, HOME: workplace.folder, no_proxy: '127.0.0.1' };
    typed = new ShellProcess(shell, workplace.folder, env);
    expect([await typed.exited, typed.output]).toEqual([0, expect.anything()]);
    // What the commands found, and then curl.
    expect(typed.output).toMatch(
      /boats\.jpg[\s\S]*cat\.jpg[\s\S]*"imageId":"photo"[\s\S]*"results":\[\{"imageId":"boats\.jpg"/,
    );
  });
});
