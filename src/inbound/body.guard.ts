import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DeliveryError } from '../providers/delivery-error.js';
import { FILE_TOO_LARGE } from '../providers/received-file.js';
import type { GatewayRequest, GatewayResponse } from './gateway-request.js';
import { readJsonBody, type JsonBodyOptions } from './json-body.js';

const JSON_BODY = Symbol('json-body');
const MULTIPART_BODY = Symbol('multipart-body');

/** JSON bodies of most routes, bytes. The largest text message of either platform is well below it. */
export const JSON_LIMIT = 100 * 1024;

/** This route takes a JSON object. */
export function JsonBody(options: Partial<JsonBodyOptions> = {}): MethodDecorator {
  return SetMetadata(JSON_BODY, { limit: JSON_LIMIT, anyContentType: false, ...options });
}

/** This route takes a multipart form of at most so many bytes; the form itself is read by the route's interceptor. */
export function MultipartBody(limit: number): MethodDecorator {
  return SetMetadata(MULTIPART_BODY, limit);
}

/**
 * Reads the body, after the caller is known and allowed: nobody else can make us read anything. Limits stand on the
 * routes.
 */
@Injectable()
export class BodyGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const handler = context.getHandler();
    const json = this.reflector.get<JsonBodyOptions | undefined>(JSON_BODY, handler);
    const multipart = this.reflector.get<number | undefined>(MULTIPART_BODY, handler);
    if (!json && multipart === undefined) return true;
    const http = context.switchToHttp();
    const request = http.getRequest<GatewayRequest>();
    try {
      if (json) request.body = await readJsonBody(request, json);
      else requireMultipart(request, multipart as number);
    } catch (error) {
      // The rest of the body is not read: the connection cannot be used for another request.
      if (!request.complete) http.getResponse<GatewayResponse>().setHeader('Connection', 'close');
      throw error;
    }
    return true;
  }
}

function requireMultipart(request: GatewayRequest, limit: number): void {
  if (!/^multipart\/form-data\s*;/i.test(request.headers['content-type'] ?? '')) {
    throw new DeliveryError('unsupported-media', {
      hint: { zh: '用 multipart/form-data 上传', en: 'Upload with multipart/form-data' },
    });
  }
  if (Number(request.headers['content-length'] ?? 0) > limit) {
    throw new DeliveryError('too-large', {
      sentence: FILE_TOO_LARGE,
      hint: { zh: `最多 ${limit} 字节`, en: `At most ${limit} bytes` },
    });
  }
}
