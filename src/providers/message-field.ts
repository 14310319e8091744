import { applyDecorators } from '@nestjs/common';
import { perClass, type DtoClass } from '../inbound/fields.js';
import { Allow, getMetadataStorage, IsOptional } from '../inbound/fields/class-validator.js';
import { ApiExtraModels, ApiProperty, getSchemaPath } from '../openapi/openapi.decorators.js';
import type { MessageCatalog, MessageCheck } from './message-catalog.js';

/**
 * Decorators of request DTOs that the validation pipe reads beside class-validator's: the message object, identity
 * members, and tolerance for unknown members.
 */

const MESSAGE = Symbol('message-member');
const CONTENT = Symbol('content-member');
const ROOT_MESSAGE = Symbol('root-message');
const CARRIED = Symbol('carried-message');
const FROM_APP = Symbol('from-app-members');
const IGNORE_UNKNOWN = Symbol('ignore-unknown-members');

export interface MessageMember {
  readonly member: string;
  readonly catalog: MessageCatalog;
}

export interface IdentityMember {
  readonly member: string;
  /** Name in the app's settings, `agentId`. */
  readonly setting: string;
}

/**
 * The message object of a sending route: checked against the catalog of the platform and passed on exactly as it came.
 */
export function MessageField(catalog: MessageCatalog): PropertyDecorator {
  const models = [...catalog.models];
  return applyDecorators(Allow(), (target: object, property: string | symbol) => {
    ApiExtraModels(...models)(target.constructor);
    ApiProperty({
      description: `消息对象；未列出的成员原样转发。The message object; members not listed travel on untouched.`,
      ...catalog.schema,
    })(target, property);
    Reflect.defineMetadata(MESSAGE, { member: String(property), catalog } satisfies MessageMember, target.constructor);
  });
}

/** The message member of a DTO class, if it has one. */
export const messageMember = perClass((dto) => Reflect.getMetadata(MESSAGE, dto) as MessageMember | undefined);

/**
 * A member that holds only the content object of a message type and is named like the type, as `template_card` is where
 * WeCom replaces a card. It may be absent; what is there is checked and passed on exactly as it came.
 */
export function MessageContentField(catalog: MessageCatalog): PropertyDecorator {
  return applyDecorators(Allow(), (target: object, property: string | symbol) => {
    const member = String(property);
    ApiExtraModels(...catalog.contentModels(member))(target.constructor);
    ApiProperty({
      selfRequired: false,
      type: 'object',
      additionalProperties: true,
      description: `内容对象；未列出的成员原样转发。The content object; members not listed travel on untouched.`,
      ...catalog.contentSchema(member),
    })(target, property);
    Reflect.defineMetadata(CONTENT, { member, catalog } satisfies MessageMember, target.constructor);
  });
}

/**
 * For requests whose message is not below a member of its own: its type and its content stand beside the other members,
 * as in WeCom's `{ touser, msgtype: 'text', text: { … }, safe }` or DingTalk's `{ userIds, msgKey, msgParam }`. The two are checked against the catalog and
 * passed on exactly as they came ({@link rootMessage}); every other member must be one of the DTO's.
 */
export function RootMessage(catalog: MessageCatalog): ClassDecorator {
  return (target) => {
    ApiExtraModels(...catalog.models)(target);
    const rules = getMetadataStorage().getTargetValidationMetadatas(target, '', false, false);
    const members = new Set(rules.map((rule) => rule.propertyName));
    Reflect.defineMetadata(ROOT_MESSAGE, { catalog, members } satisfies RootMessageRules, target);
  };
}

interface RootMessageRules {
  readonly catalog: MessageCatalog;
  /** Members of the DTO; none of them can be the content of a message. */
  readonly members: ReadonlySet<string>;
}

/** The catalog of a DTO class marked with {@link RootMessage}. */
export function rootMessageCatalog(dto: DtoClass): MessageCatalog | undefined {
  return rootRules(dto)?.catalog;
}

const rootRules = perClass((dto) => Reflect.getMetadata(ROOT_MESSAGE, dto) as RootMessageRules | undefined);
const contentMember = perClass((dto) => Reflect.getMetadata(CONTENT, dto) as MessageMember | undefined);

/**
 * The message of a validated request marked with {@link RootMessage}, `{ msgtype, [msgtype]: content }` or in the form
 * of its catalog, the content being the very object (or text) that came.
 */
export function rootMessage(request: object): Record<string, unknown> {
  const message = (request as { [CARRIED]?: Record<string, unknown> })[CARRIED];
  if (!message) throw new Error(`${request.constructor.name} carries no message: it did not pass the validation`);
  return message;
}

/** The same validated request, marked with {@link RootMessage}, with another message and other members. */
export function withRootMessage<Request extends object>(
  request: Request,
  message: Record<string, unknown>,
  members: Partial<Request> = {},
): Request {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(request) as object) as Request, request, members);
  return Object.defineProperty(copy, CARRIED, { value: message });
}

/** The message of a validated request, wherever it stands, and its path; undefined when the request has none. */
export function carriedMessage(
  request: object,
): { readonly message: Record<string, unknown>; readonly path: string } | undefined {
  const root = (request as { [CARRIED]?: Record<string, unknown> })[CARRIED];
  if (root) return { message: root, path: '' };
  const member = messageMember(request.constructor as DtoClass)?.member;
  if (member === undefined) return undefined;
  return { message: (request as Record<string, unknown>)[member] as Record<string, unknown>, path: member };
}

/**
 * Schema of the whole body of a request marked with {@link RootMessage}, for `@ApiBody`; the DTO itself must be made
 * known with `@ApiExtraModels`.
 */
export function rootMessageSchema(
  dto: DtoClass,
  catalog: MessageCatalog,
): { allOf: [{ $ref: string }, MessageCatalog['schema']] } {
  return { allOf: [{ $ref: getSchemaPath(dto) }, catalog.schema] };
}

/** The message of a request, taken out of the body before the rest is validated. */
export interface TakenMessage {
  /** Members of the body that are the message. */
  readonly members: ReadonlySet<string>;
  /** The body without them. */
  readonly rest: () => Record<string, unknown>;
  readonly check: MessageCheck;
  /** Hands the message, neither copied nor converted, to the validated instance. */
  readonly give: (instance: object) => void;
}

/** Takes the message out of a body, if the DTO class has one. */
export function takeMessage(dto: DtoClass, body: Record<string, unknown>): TakenMessage | undefined {
  const root = rootRules(dto);
  if (root) return takeRoot(root, body);
  const whole = messageMember(dto);
  if (whole) return takeMember(whole.member, body, whole.catalog.check(body[whole.member], whole.member));
  const content = contentMember(dto);
  if (!content) return undefined;
  const { member, catalog } = content;
  const given = body[member] !== undefined && body[member] !== null;
  const check = given ? catalog.check({ msgtype: member, [member]: body[member] }, '') : { complaints: [] };
  return takeMember(member, body, check);
}

function takeMember(member: string, body: Record<string, unknown>, check: MessageCheck): TakenMessage {
  const members = new Set([member]);
  return {
    members,
    rest: () => without(body, members),
    check,
    give: (instance) => void ((instance as Record<string, unknown>)[member] = body[member]),
  };
}

function takeRoot({ catalog, members }: RootMessageRules, body: Record<string, unknown>): TakenMessage {
  const types = catalog.types.map(({ msgtype }) => msgtype);
  const { message, members: taken } = catalog.form.among(body, members, types);
  return {
    members: taken,
    rest: () => without(body, taken),
    check: catalog.check(message, ''),
    give: (instance) => Object.defineProperty(instance, CARRIED, { value: message }),
  };
}

function without(body: Record<string, unknown>, members: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([member]) => !members.has(member)));
}

/**
 * A member that says who sends (`agent_id`, `robotCode`). It comes from the configuration: the same value is accepted,
 * another is refused, so that a caller never believes to have sent as somebody else.
 */
export function FromApp(setting: string): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    Allow(),
    ApiProperty({
      required: false,
      oneOf: [{ type: 'string' }, { type: 'integer' }],
      description: `来自配置，可省略；填写时必须与配置相同。Comes from the configuration; when given it must be the same.`,
    }),
    (target: object, property: string | symbol) => {
      const members = [...declaredIdentity(target.constructor as DtoClass), { member: String(property), setting }];
      Reflect.defineMetadata(FROM_APP, members, target.constructor);
    },
  );
}

/** The identity members of a DTO class, as far as its decorators have run. */
function declaredIdentity(dto: DtoClass): readonly IdentityMember[] {
  return (Reflect.getMetadata(FROM_APP, dto) as IdentityMember[] | undefined) ?? [];
}

/** The identity members of a DTO class. */
export const identityMembers = perClass(declaredIdentity);

/** System A's four routes ignore members they do not know; every other route refuses them by name. */
export function IgnoreUnknownMembers(): ClassDecorator {
  return (target) => Reflect.defineMetadata(IGNORE_UNKNOWN, true, target);
}

/** True for DTOs marked with {@link IgnoreUnknownMembers}. */
export const ignoresUnknownMembers = perClass((dto) => Reflect.getMetadata(IGNORE_UNKNOWN, dto) === true);
