import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** What stands between `node` and the program. */
function flagsOf(command: string): string[] {
  const [, flags = ''] = /node (.*?)dist\/main\.js/.exec(command) ?? [];
  return flags.split(' ').filter((flag) => flag !== '');
}

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } };

it.each([
  ['the image', 'docker/Dockerfile', /^ENTRYPOINT \[(.*)\]$/m],
  ['the systemd unit', 'deploy/message-center.service', /^ExecStart=(.*)$/m],
])('%s starts node with the flags of npm start', (_what, file, line) => {
  const [, command = ''] = line.exec(readFileSync(file, 'utf8')) ?? [];
  expect(flagsOf(command.replaceAll(/[",]+/g, ' ').replaceAll(/ +/g, ' '))).toEqual(flagsOf(scripts.start));
});

it('they are these', () => {
  expect(flagsOf(scripts.start)).toEqual(['--max-semi-space-size=32', '--v8-pool-size=1']);
});
