import {
  Body,
  Controller,
  createParamDecorator,
  ForbiddenException,
  Get,
  Header,
  HttpCode,
  Module,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Redirect,
  Req,
  Res,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, APP_PIPE, NestFactory } from '@nestjs/core';
import type { Response } from 'express';
import { map, of, type Observable } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConfigService } from '../../src/config/config.service.js';
import { ResponseEnvelopeInterceptor } from '../../src/envelope/response-envelope.interceptor.js';
import { runDirectly } from '../../src/inbound/direct-pipeline.js';
import { TextField } from '../../src/inbound/fields.js';
import { requestOf, type GatewayRequest } from '../../src/inbound/gateway-request.js';
import { MessageCenterAdapter } from '../../src/inbound/http-adapter.js';
import { ValidationPipe } from '../../src/inbound/validation.pipe.js';
import { ProviderCaller } from '../../src/providers/provider-caller.js';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { call, startTestGateway } from '../support/gateway.js';

/** Ways that were taken, by the stacks of the handlers. */
const ways: string[] = [];

function noteWay(): void {
  ways.push((new Error('where').stack ?? '').includes('src/inbound/direct-pipeline') ? 'direct' : 'nest');
}

class Greeting {
  @TextField({ description: { zh: '谁', en: 'who' }, maxChars: 5 })
  name!: string;
}

/** Stands where the service's own guards stand: reads the body, and knows the raw routes. */
class FrontGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = requestOf(context);
    request.rawRoute = request.url.startsWith('/raw');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    request.body = text === '' ? undefined : (JSON.parse(text) as unknown);
    return true;
  }
}

const saying = (answer: boolean | Promise<boolean> | Observable<boolean>): new () => CanActivate =>
  class {
    canActivate = (): typeof answer => answer;
  };

class Throwing implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException('by a guard');
  }
}

class Shouting implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value) => `${String(value)}!`));
  }
}

const Caller = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const { caller } = requestOf(context).headers;
  if (caller === undefined) throw new ForbiddenException('who calls?');
  return caller;
});
const Late = createParamDecorator(() => Promise.resolve('late'));
const Failing = createParamDecorator(() => Promise.reject(new ForbiddenException('too late')));

@Controller()
class Routes {
  @Get('plain')
  plain(): string {
    noteWay();
    return 'plain';
  }

  @Post('late')
  @HttpCode(202)
  late(@Late() late: string): Promise<string> {
    noteWay();
    return Promise.resolve(late);
  }

  @Get('observable')
  observable(): Observable<string> {
    noteWay();
    return of('first', 'last');
  }

  @Post('greet/:place')
  greet(
    @Body() greeting: Greeting,
    @Caller() caller: string,
    @Param('place') place: string,
    @Query() query: Record<string, string>,
    @Req() request: GatewayRequest,
  ): unknown {
    noteWay();
    return { greeting, isGreeting: greeting instanceof Greeting, caller, place, query, url: request.url };
  }

  @Post('fails/parameter')
  failing(@Body() _greeting: Greeting, @Failing() _failing: string): string {
    return 'never';
  }

  @Get('fails')
  fails(): never {
    noteWay();
    throw new ForbiddenException('by the handler');
  }

  @Get('fails-late')
  async failsLate(): Promise<never> {
    noteWay();
    await Promise.resolve();
    throw new ForbiddenException('by the handler, later');
  }

  @Get('guard/no')
  @UseGuards(saying(false))
  refused(): string {
    return 'never';
  }

  @Get('guard/no-later')
  @UseGuards(saying(Promise.resolve(false)))
  refusedLater(): string {
    return 'never';
  }

  @Get('guard/no-observable')
  @UseGuards(saying(of(false)))
  refusedByObservable(): string {
    return 'never';
  }

  @Get('guard/no-both')
  @UseGuards(saying(Promise.resolve(of(false)) as unknown as Promise<boolean>))
  refusedByBoth(): string {
    return 'never';
  }

  @Get('guard/yes')
  @UseGuards(saying(of(true)), saying(Promise.resolve(true)), saying(true))
  allowed(): string {
    noteWay();
    return 'allowed';
  }

  @Get('guard/throws')
  @UseGuards(Throwing)
  thrown(): string {
    return 'never';
  }

  @Get('raw')
  raw(): unknown {
    noteWay();
    return { raw: true };
  }

  @Get('raw/nothing')
  nothing(): undefined {
    noteWay();
    return undefined;
  }

  @Get('own/interceptor')
  @UseInterceptors(Shouting)
  intercepted(): string {
    noteWay();
    return 'heard';
  }

  @Get('own/pipe/:id')
  piped(@Param('id', ParseIntPipe) id: number): number {
    noteWay();
    return id + 1;
  }

  @Get('own/header')
  @Header('X-Own', 'yes')
  headed(): string {
    noteWay();
    return 'headed';
  }

  @Get('own/response')
  responded(@Res() response: Response): void {
    noteWay();
    response.status(418).send('by hand');
  }

  @Get('own/redirect')
  @Redirect('/plain', 302)
  redirected(): void {
    noteWay();
  }
}

const config = { current: { envelope: { httpStatus: 'semantic' } } } as unknown as ConfigService;

@Module({
  controllers: [Routes],
  providers: [
    { provide: APP_GUARD, useClass: FrontGuard },
    { provide: APP_PIPE, useClass: ValidationPipe },
    { provide: APP_INTERCEPTOR, useFactory: () => new ResponseEnvelopeInterceptor(config) },
  ],
})
class Root {}

async function start(direct: boolean): Promise<{ app: INestApplication; url: string }> {
  const app = await NestFactory.create(Root, new MessageCenterAdapter(), { logger: false, bodyParser: false });
  if (direct) expect(runDirectly(app)).toBe(true);
  await app.listen(0, '127.0.0.1');
  return { app, url: (await app.getUrl()).replace('localhost', '127.0.0.1') };
}

describe(runDirectly, () => {
  let [nests, ours]: { app: INestApplication; url: string }[] = [];

  beforeAll(async () => {
    [nests, ours] = await Promise.all([start(false), start(true)]);
  });
  afterAll(() => Promise.all([nests?.app.close(), ours?.app.close()]));

  async function ask(url: string, [method, path, body, headers]: Row): Promise<unknown> {
    const answer = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const told = ['content-type', 'location', 'x-own'].map((name) => answer.headers.get(name));
    return { status: answer.status, told, text: await answer.text() };
  }

  type Row = readonly [method: string, path: string, body?: unknown, headers?: Record<string, string>];
  const known = { caller: 'ci' };

  it.each<readonly [way: string, ...Row]>([
    ['direct', 'GET', '/plain'],
    ['direct', 'POST', '/late'],
    ['direct', 'GET', '/observable'],
    ['direct', 'POST', '/greet/here?a=1', { name: 'Ada' }, known],
    ['never', 'POST', '/greet/here', { name: 'Augusta' }, known],
    ['never', 'POST', '/greet/here', { name: 'Augusta' }],
    ['never', 'POST', '/greet/here', { name: 'Ada', other: 1 }, known],
    ['never', 'POST', '/fails/parameter', { name: 'Augusta' }],
    ['never', 'POST', '/fails/parameter', { name: 'Ada' }],
    ['direct', 'GET', '/fails'],
    ['direct', 'GET', '/fails-late'],
    ['never', 'GET', '/guard/no'],
    ['never', 'GET', '/guard/no-later'],
    ['never', 'GET', '/guard/no-observable'],
    ['never', 'GET', '/guard/no-both'],
    ['direct', 'GET', '/guard/yes'],
    ['never', 'GET', '/guard/throws'],
    ['direct', 'GET', '/raw'],
    ['direct', 'GET', '/raw/nothing'],
    ['nest', 'GET', '/own/interceptor'],
    ['nest', 'GET', '/own/pipe/7'],
    ['never', 'GET', '/own/pipe/seven'],
    ['nest', 'GET', '/own/header'],
    ['nest', 'GET', '/own/response'],
    ['nest', 'GET', '/own/redirect'],
    ['never', 'GET', '/nowhere'],
  ])("gives Nest's own answer, and takes the way that is expected: %s, %s %s", async (way, ...rest) => {
    const row = rest as unknown as Row;
    ways.length = 0;
    const expected = await ask(nests?.url ?? '', row);
    expect(ways).toEqual(way === 'never' ? [] : ['nest']);
    ways.length = 0;
    expect(await ask(ours?.url ?? '', row)).toEqual(expected);
    expect(ways).toEqual(way === 'never' ? [] : [way]);
  });

  /** Nest's own way costs a fifth of a request. */
  it('is the way of the routes that send', async () => {
    const simulator = await new DingTalkSimulator().start();
    const gateway = await startTestGateway({ simulators: [simulator] });
    try {
      const caller = gateway.app.get(ProviderCaller);
      const run = caller.run.bind(caller);
      caller.run = (...given) => {
        noteWay();
        return run(...given);
      };
      ways.length = 0;
      await call(`${gateway.url}/v1/dd/chat/send`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ chatid: 'chat1', msg: { msgtype: 'text', text: { content: 'hello' } } }),
      });
      expect(ways).toEqual(['direct']);
    } finally {
      await gateway.close();
      await simulator.close();
    }
  });
});
