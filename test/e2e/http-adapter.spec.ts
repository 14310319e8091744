import type { IncomingMessage, ServerResponse } from 'node:http';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { runDirectly } from '../../src/inbound/direct-pipeline.js';
import { MessageCenterAdapter } from '../../src/inbound/http-adapter.js';
import { call, startTestGateway, type TestGateway } from '../support/gateway.js';

describe(MessageCenterAdapter.name, () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.close());

  /** Express sets these two prototypes on every request; doing so for real doubles the cost of a request. */
  it('requests and responses are born with the prototypes that Express wants to set', async () => {
    const express: { request: object; response: object } = gateway.app.getHttpAdapter().getInstance();
    const server = gateway.app.getHttpServer();
    const prototypes: object[] = [];
    const look = (request: IncomingMessage, response: ServerResponse): void => {
      prototypes.push(Object.getPrototypeOf(request) as object, Object.getPrototypeOf(response) as object);
    };
    server.prependListener('request', look);
    onTestFinished(() => void server.off('request', look));

    await call(`${gateway.url}/ping`);

    expect(prototypes[0]).toBe(express.request);
    expect(prototypes[1]).toBe(express.response);
  });

  /** Nest's own way costs a fifth of a request. */
  it('guards, pipes and the envelope interceptor find the place from which they run directly', async () => {
    class Nothing {}
    Module({})(Nothing);
    const app = await NestFactory.create(Nothing, new MessageCenterAdapter(), { logger: false });
    onTestFinished(() => app.close());
    expect(runDirectly(app)).toBe(true);
  });

  it('answers carry neither an ETag nor the name of the framework', async () => {
    for (const path of ['/sys/status', '/ping', '/health/live', '/v1/nowhere']) {
      const { headers } = await call(gateway.url + path);
      expect(headers.get('etag'), path).toBeNull();
      expect(headers.get('x-powered-by'), path).toBeNull();
    }
  });
});
