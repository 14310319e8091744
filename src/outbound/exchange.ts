import type { Egress } from './egress.js';

/**
 * What became of one request to a platform, in the only terms the rest of the service knows. URLs, headers and the
 * error objects of the HTTP library stay in this folder.
 */
export type Exchange =
  /** A complete answer came. Whether it means yes is the operation's to say. */
  | { readonly outcome: 'answered'; readonly status: number; readonly contentType: string; readonly text: string }
  /** Not one byte of the request left: repeating it is safe. */
  | { readonly outcome: 'not-written'; readonly reason: string }
  /** Bytes left and no complete answer came back. */
  | { readonly outcome: 'unknown'; readonly reason: string };

/** A request with everything in its place, the token included. Lives only inside this folder and its one caller. */
export interface OutboundRequest {
  readonly method: 'GET' | 'POST';
  /** `https://host:port` or `https://host/prefix`. */
  readonly baseUrl: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | OutboundUpload | undefined;
  readonly proxy?: string | undefined;
  /** Longest answer that is read, bytes; `MAX_ANSWER_BYTES` unless it is given. */
  readonly answerBytes?: number | undefined;
  /** Where it may go; platforms, whose addresses the operator configured, are not checked. */
  readonly egress?: Egress;
}

/** A file to send as multipart/form-data. */
export interface OutboundUpload {
  readonly field: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}
