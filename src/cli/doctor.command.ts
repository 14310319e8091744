import { Command } from 'commander';
import type { Redactor } from '../logging/redactor.js';
import type { Finding } from './doctor.js';
import { print } from './output.js';

/** `doctor`: looks at what a start would need. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('say whether what a start needs is well: configuration, Redis, the credentials of every app, the port')
    .option('-c, --config <file>', 'configuration file; default config/message-center.yaml')
    .option('--offline', 'ask no platform')
    .action(async (options: { config?: string; offline?: true }) => {
      // Loaded only here: the help of the program does not wait for it.
      const { examine } = await import('./doctor.js');
      const { findings, redactor } = await examine(options, process.env);
      for (const finding of findings) print(lineOf(finding, redactor));
      if (findings.some(({ verdict }) => verdict === 'fail')) process.exitCode = 1;
    });
}

/** One line, whatever a platform's words hold. */
function lineOf({ verdict, about, text }: Finding, redactor: Redactor): string {
  return redactor.redact(`${verdict.padEnd(4)}  ${about}: ${text}`).replace(/[\n\r\p{Cc}]+/gu, ' ');
}
