/**
 * Holds docker/compose.yaml and docker/kubernetes/ to what docs/deployment.md promises.
 *
 *   node scripts/docker-check/manifests.mjs STAGES
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { readStages } from './dockerfile.mjs';

/** Stand-ins for the secrets. */
const EXAMPLES = {
  'redis-url': 'redis://:password@redis:6379/0',
  'api-keys': exampleKeys(),
  'dd-app-key': 'key',
  'dd-app-secret': 'secret',
};

const [stages] = process.argv.slice(2);
const image = readStages('.').at(-1);
const program = join(stages, image.name, 'app/dist/main.js');
const failures = [];
let checks = 0;

process.stdout.write('== compose.yaml and the manifests\n');
compose();
kubernetes();
process.stdout.write(failures.map((failure) => `FAILED  ${failure}\n`).join(''));
process.stdout.write(
  `${failures.length === 0 ? 'ok' : 'FAILED'}  ${checks - failures.length} of ${checks} promises hold\n`,
);
process.exitCode = failures.length === 0 ? 0 : 1;

function promise(what, holds) {
  checks += 1;
  if (!holds) failures.push(what);
}

function compose() {
  const { services, networks, secrets } = parse(readFileSync('docker/compose.yaml', 'utf8'), { merge: true });
  for (const [name, service] of Object.entries(services)) {
    promise(`${name}: read_only`, service.read_only === true);
    promise(`${name}: cap_drop ALL`, service.cap_drop?.includes('ALL'));
    promise(`${name}: no-new-privileges`, service.security_opt?.includes('no-new-privileges:true'));
    promise(
      `${name}: /tmp in memory`,
      service.tmpfs?.some((entry) => entry.startsWith('/tmp')),
    );
    promise(`${name}: bounded in memory and processes`, service.mem_limit && service.pids_limit);
    promise(`${name}: bounded logs`, service.logging?.options?.['max-size']);
    for (const secret of service.secrets ?? []) promise(`${name}: secret ${secret} is declared`, secrets[secret]);
    for (const network of service.networks) promise(`${name}: network ${network} is declared`, network in networks);
    // Anchors and values must not bring a secret in plainly.
    promise(`${name}: no secret in the environment`, !Object.keys(service.environment ?? {}).some(isSecretName));
  }
  const { api, worker, redis } = services;
  promise('api and worker are one image', api.image === worker.image);
  promise('roles', api.environment.ROLE === 'api' && worker.environment.ROLE === 'worker');
  promise('only api has a port, on loopback unless asked', !worker.ports && /-127\.0\.0\.1\}/.test(api.ports[0]));
  for (const service of [api, worker]) {
    promise('starts after Redis is healthy', service.depends_on.redis.condition === 'service_healthy');
    promise(
      'stop_grace_period is longer than the shutdown',
      seconds(service.stop_grace_period) > seconds(service.environment.MSG__SERVER__SHUTDOWNTIMEOUT) + 2,
    );
    const environment = Object.fromEntries(
      Object.entries(service.environment).map(([key, value]) => [key, value.replace(/\$\{\w+:-(.*)\}/, '$1')]),
    );
    accepts(`compose: ${service.environment.ROLE}`, environment, undefined);
  }
  promise('Redis: healthcheck', redis.healthcheck?.test);
  promise(
    'Redis: nobody reaches it from outside',
    !redis.ports && redis.networks.every((name) => networks[name].internal),
  );
  const settings = redis.command.join('\n');
  for (const line of [
    'appendonly yes',
    'appendfsync everysec',
    'maxmemory-policy noeviction',
    'requirepass $$(cat /run/secrets/',
  ])
    promise(`Redis: ${line}`, settings.includes(line));
}

function kubernetes() {
  const folder = 'docker/kubernetes';
  const all = readdirSync(folder).flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => {
      for (const error of document.errors) promise(`${file}: ${error.message}`, false);
      return document.toJS();
    }),
  );
  const of = (kind) => all.filter((object) => object.kind === kind);
  const [config] = of('ConfigMap');
  const text = config.data['message-center.yaml'];
  const { shutdownTimeout, shutdownDelay } = parse(text).server;
  for (const { metadata, spec } of of('Deployment')) {
    const { name } = metadata;
    const pod = spec.template.spec;
    const [container] = pod.containers;
    promise(`${name}: not root`, pod.securityContext.runAsNonRoot === true && pod.securityContext.runAsUser > 0);
    promise(`${name}: seccomp`, pod.securityContext.seccompProfile.type === 'RuntimeDefault');
    promise(`${name}: read-only root`, container.securityContext.readOnlyRootFilesystem === true);
    promise(`${name}: no privileges`, container.securityContext.allowPrivilegeEscalation === false);
    promise(`${name}: no capability`, container.securityContext.capabilities.drop.includes('ALL'));
    promise(`${name}: no token of the cluster`, pod.automountServiceAccountToken === false);
    promise(
      `${name}: startup and liveness ask /health/live`,
      [container.startupProbe, container.livenessProbe].every((probe) => probe.httpGet.path === '/health/live'),
    );
    promise(`${name}: readiness asks /health/ready`, container.readinessProbe.httpGet.path === '/health/ready');
    promise(`${name}: resources`, container.resources.requests.cpu && container.resources.limits.memory);
    promise(`${name}: grace period`, pod.terminationGracePeriodSeconds > seconds(shutdownTimeout) + 2);
    promise(
      `${name}: the pause outlasts a readiness period`,
      seconds(shutdownDelay) > container.readinessProbe.periodSeconds,
    );
    promise(`${name}: no pod is taken before another is there`, spec.strategy.rollingUpdate.maxUnavailable === 0);
    const labels = JSON.stringify(spec.template.metadata.labels);
    promise(`${name}: selector`, JSON.stringify(spec.selector.matchLabels) === labels);
    promise(
      `${name}: disruption budget`,
      of('PodDisruptionBudget').some((budget) => JSON.stringify(budget.spec.selector.matchLabels) === labels),
    );
    const role = container.env.find((entry) => entry.name === 'ROLE').value;
    accepts(`manifests: ${role}`, { ROLE: role, ...fileVariables(container) }, text);
  }
  promise('api and worker', of('Deployment').length === 2);
  promise('autoscaler of api', of('HorizontalPodAutoscaler')[0].spec.scaleTargetRef.name === 'message-center-api');
  promise('service of api only', of('Service')[0].spec.selector['app.kubernetes.io/component'] === 'api');
  promise(
    'network policy for both directions',
    of('NetworkPolicy').some(({ spec }) => spec.policyTypes.includes('Egress')),
  );
  const metadata = of('NetworkPolicy')
    .flatMap(({ spec }) => spec.egress ?? [])
    .flatMap(({ to }) => to)
    .find(({ ipBlock }) => ipBlock);
  promise('the metadata service is out of reach', metadata.ipBlock.except.includes('169.254.0.0/16'));
  const listed = of('Kustomization')[0].resources;
  promise('the example secret is not deployed', !listed.includes('secret.example.yaml'));
  promise('everything else is', listed.length === readdirSync(folder).length - 2);
}

/** The keys as secret.example.yaml writes them. */
function exampleKeys() {
  const text = readFileSync('docker/kubernetes/secret.example.yaml', 'utf8');
  return parse(text).stringData['api-keys'].replaceAll(/HASH\w*/g, '0'.repeat(43));
}

function fileVariables(container) {
  return Object.fromEntries(
    container.env.filter(({ name }) => name.endsWith('_FILE')).map(({ name, value }) => [name, value]),
  );
}

/** Does the gateway accept these settings? The secrets are examples. */
function accepts(what, environment, config) {
  const secrets = join(stages, 'secrets');
  mkdirSync(secrets, { recursive: true });
  for (const [name, value] of Object.entries(EXAMPLES)) writeFileSync(join(secrets, name), value);
  const here = (text) => text.replaceAll(/\/run\/secrets\/(?:message-center\/)?/g, `${secrets}/`);
  const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, here(value)]));
  const file = join(stages, 'message-center.yaml');
  if (config !== undefined) writeFileSync(file, here(config));
  try {
    execFileSync('node', [program, 'config', 'check', ...(config === undefined ? [] : ['-c', file])], {
      env: { PATH: process.env.PATH, HOST: '0.0.0.0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    });
    promise(`${what}: the gateway accepts the settings`, true);
  } catch (error) {
    promise(`${what}: the gateway accepts the settings\n${error.stderr}`, false);
  }
}

function isSecretName(name) {
  return /SECRET|KEYS?|PASSWORD|TOKEN|REDIS_URL/.test(name) && !name.endsWith('_FILE');
}

function seconds(duration) {
  return Number(/^(\d+)s$/.exec(duration)?.[1]);
}
