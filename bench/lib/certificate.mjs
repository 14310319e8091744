// A certificate of our own for HTTPS on this machine, made when it is needed.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { folder } from './processes.mjs';

let made;

/** Paths of key and certificate; whoever calls the platform trusts it through NODE_EXTRA_CA_CERTS, and verifies it. */
export function certificate() {
  if (made) return made;
  const [key, cert] = [join(folder, 'platform.key'), join(folder, 'platform.crt')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
  made = { key, cert };
  return made;
}
