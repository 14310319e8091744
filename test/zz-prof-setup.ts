import { readFileSync, appendFileSync } from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';
const snap = () => { const f = readFileSync('/proc/self/stat','utf8').split(') ')[1]!.split(' '); return { own:(+f[11]!+ +f[12]!)*10, kids:(+f[13]!+ +f[14]!)*10, t:Date.now() }; };
let a: ReturnType<typeof snap>;
const g = globalThis as any; const prev = g.__last ?? { own: 0, kids: 0, t: Date.now() };
beforeAll(() => { a = snap(); });
afterAll(() => { const b = snap(); appendFileSync('/tmp/tt/cpu.log', JSON.stringify({ f: expect.getState().testPath?.split('/test/')[1], imp: a.own-prev.own, own: b.own-a.own, kids: b.kids-a.kids, ms: b.t-a.t })+'\n'); g.__last=b; });
