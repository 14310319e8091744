import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { DeliveryError } from '../providers/delivery-error.js';
import { FILE_TOO_LARGE } from '../providers/received-file.js';
import { requestOf, responseOf, type GatewayRequest } from './gateway-request.js';
import { metadataOf, perRoute } from './route-metadata.js';
import { isBodyTimeout, readJsonBody, type JsonBodyOptions } from './json-body.js';

const JSON_BODY = Symbol('json-body');
const MULTIPART_BODY = Symbol('multipart-body');

/** JSON bodies of most routes, bytes. The largest text message of either platform is well below it. */
export const JSON_LIMIT = 100 * 1024;

/** How much of a refused body is still read, bytes, and for how long, milliseconds. */
const LINGER_BYTES = 64 * 1024 * 1024;
const LINGER_MS = 5_000;

/** This route takes a JSON object. */
export function JsonBody(options: Partial<JsonBodyOptions> = {}): MethodDecorator {
  return SetMetadata(JSON_BODY, { limit: JSON_LIMIT, anyContentType: false, ...options });
}

/** This route takes a multipart form of at most so many bytes; the form itself is read by the route's interceptor. */
export function MultipartBody(limit: number): MethodDecorator {
  return SetMetadata(MULTIPART_BODY, limit);
}

const routeBody = perRoute(([handler]) => ({
  json: metadataOf(JSON_BODY, [handler]) as JsonBodyOptions | undefined,
  multipart: metadataOf(MULTIPART_BODY, [handler]) as number | undefined,
}));

/** Is the body of this route a form, which is read after the guards? */
export function takesForm(context: ExecutionContext): boolean {
  return routeBody(context).multipart !== undefined;
}

/**
 * Reads the body, after the caller is known and allowed: nobody else can make us read anything. Limits stand on the
 * routes.
 */
@Injectable()
export class BodyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { json, multipart } = routeBody(context);
    if (!json && multipart === undefined) return true;
    const request = requestOf(context);
    try {
      if (!json) {
        requireMultipart(request, multipart as number);
        return true;
      }
      const body = readJsonBody(request, json);
      if (!(body instanceof Promise)) return take(request, body);
      return body.then(
        (late) => take(request, late),
        (error: unknown) => refuse(context, error),
      );
    } catch (error) {
      return refuse(context, error);
    }
  }
}

function take(request: GatewayRequest, body: object): true {
  request.body = body;
  return true;
}

/** @throws error, after what its sender needs in order to read the answer */
function refuse(context: ExecutionContext, error: unknown): never {
  const request = requestOf(context);
  // Whoever fell silent would hold the connection until the time for uploads is over.
  if (isBodyTimeout(error)) responseOf(context).setHeader('Connection', 'close');
  else if (!request.complete) readAway(request);
  throw error;
}

/**
 * Reads and drops what is left of a refused body: a caller that is still writing when its connection is closed never
 * gets to read the answer. What does not end soon is cut off.
 */
function readAway(request: GatewayRequest): void {
  const cut = (): void => void request.socket.destroy();
  const timer = setTimeout(cut, LINGER_MS);
  let left = LINGER_BYTES;
  request.on('data', (chunk: Buffer) => {
    left -= chunk.byteLength;
    if (left < 0) cut();
  });
  request.once('close', () => clearTimeout(timer));
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
