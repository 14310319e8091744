import type { ApiPropertyOptions } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import type { Bilingual } from '../envelope/kinds.js';
import { adviceOn, type Advice } from '../inbound/advice.js';
import { accept, byteLength, readStrictly, type DtoClass } from '../inbound/fields.js';
import { ValidateNested } from '../inbound/fields/class-validator.js';
import { ApiExtraModels, ApiProperty, getSchemaPath } from '../openapi/openapi.decorators.js';
import type { Complaint } from './delivery-error.js';
import { isObject, MessageForm } from './message-form.js';

/** An example of a message: shown in the OpenAPI document and sent through the simulator by the tests. */
export interface MessageExample {
  /** Unique in the type; the first one is usually called like the type. */
  readonly name: string;
  readonly summary: Bilingual;
  /** The whole message object, `{ msgtype: 'text', text: { … } }` or in the form of the catalog. */
  readonly message: Readonly<Record<string, unknown>>;
}

/** What is valid as the content of a message. */
export interface ContentRules {
  /** DTO of the content object. */
  readonly content: DtoClass;
  /**
   * Rules between members (alternatives, pairs). Called only when every single member is valid.
   * @param path path of the content object, `msg.action_card`
   */
  readonly check?: (content: Record<string, unknown>, path: string) => readonly Complaint[];
}

/** Contents that differ by the value of one of their members, as WeCom's template cards do by `card_type`. */
export interface ContentVariants {
  readonly member: string;
  readonly contents: Readonly<Record<string, ContentRules>>;
}

/** One documented message type of a platform. */
export interface MessageType extends ContentRules {
  /** Its name: the value of `msgtype`, or of the member that takes its place in the catalog's form. */
  readonly msgtype: string;
  readonly title: Bilingual;
  /** The platform's page. */
  readonly source: string;
  /** Where given, `content` is for the values that are not listed: the platform may know more of them than we do. */
  readonly variants?: ContentVariants;
  readonly examples: readonly [MessageExample, ...MessageExample[]];
}

/** Verdict of {@link MessageCatalog.check}. */
export interface MessageCheck {
  readonly complaints: readonly Complaint[];
  /** System A's sentence, when the type or the content as a whole is at fault. */
  readonly sentence?: Bilingual;
}

export type { Advice } from '../inbound/advice.js';

/** A documented type that a sending route does not take, and why. */
export interface RefusedType {
  readonly msgtype: string;
  readonly reason: Bilingual;
}

/** A schema, or a choice among several by the value of a member. */
export type ContentSchema =
  | { allOf: { $ref: string }[] }
  | { oneOf: { $ref: string }[]; discriminator: { propertyName: string; mapping: Record<string, string> } };

/** What a catalog may say beside its types. */
export interface MessageCatalogOptions {
  /** Limit of the whole serialised message, UTF-8 bytes; where it comes from belongs beside the call. */
  readonly maxBytes?: number;
  /** Types of the platform that this catalog's routes do not take. */
  readonly refused?: readonly RefusedType[];
  /** How its messages are written; `{ msgtype: 'text', text: { … } }` unless said otherwise. */
  readonly form?: MessageForm;
}

/**
 * The message types of a platform. A documented type is checked before anything is sent; a type we do not know passes
 * if it has its own content object, because the platform is the authority. Members we do not know travel on untouched.
 */
export class MessageCatalog {
  private readonly byType: ReadonlyMap<string, MessageType>;
  private readonly schemas: ReadonlyMap<string, DtoClass>;

  readonly form: MessageForm;

  /** @param name prefix of the schema names in the OpenAPI document, `DingTalk` */
  constructor(
    readonly name: string,
    readonly types: readonly MessageType[],
    private readonly options: MessageCatalogOptions = {},
  ) {
    this.form = options.form ?? MessageForm.NAMED;
    this.byType = new Map(types.map((type) => [type.msgtype, type]));
    this.schemas = new Map(types.map((type) => [type.msgtype, this.messageClass(type)]));
  }

  /** DTO classes of the whole messages, for `@ApiExtraModels`. */
  get models(): readonly DtoClass[] {
    return [...this.schemas.values()];
  }

  /** Schema class of one type. */
  model(msgtype: string): DtoClass | undefined {
    return this.schemas.get(msgtype);
  }

  /** Schema of the whole message: one of the documented types. */
  get schema(): ContentSchema {
    return choice(this.form.typeMember, this.schemas);
  }

  /** Schema of the content object of a type. */
  contentSchema(msgtype: string): ContentSchema | undefined {
    const type = this.byType.get(msgtype);
    return type && schemaOf(type);
  }

  /** Classes that {@link contentSchema} refers to, for `@ApiExtraModels`. */
  contentModels(msgtype: string): readonly DtoClass[] {
    const type = this.byType.get(msgtype);
    return type ? modelsOf(type) : [];
  }

  /** Every example of every type. */
  get examples(): readonly MessageExample[] {
    return this.types.flatMap((type) => type.examples);
  }

  /**
   * Checks a message. The message itself is never changed.
   * @param path where it stands in the request, `msg`; empty where its members are the request's own
   */
  check(value: unknown, path: string): MessageCheck {
    if (!isObject(value)) return this.invalidType(path, { zh: '必须是对象', en: 'must be an object' });
    const { typeMember } = this.form;
    const msgtype = this.form.typeOf(value);
    if (msgtype === undefined) {
      const known = [...this.byType.keys()].join(', ');
      return this.invalidType(join(path, typeMember), {
        zh: `必须是消息类型的名称，如 ${known}`,
        en: `must name a message type: ${known}`,
      });
    }
    const refused = this.options.refused?.find((type) => type.msgtype === msgtype);
    if (refused) return this.invalidType(join(path, typeMember), refused.reason);
    const content = this.form.contentOf(value);
    const contentPath = join(path, this.form.contentMember(msgtype));
    if (!content) {
      const message = this.form.takesText
        ? { zh: '必须是对象，或该对象的 JSON 文本', en: 'must be an object, or the JSON text of one' }
        : { zh: '缺少该类型的内容对象', en: 'the content object of this type is missing' };
      return invalidContent(msgtype, [{ path: contentPath, message }]);
    }
    const complaints = this.contentComplaints(msgtype, content, contentPath);
    if (complaints.length > 0) return invalidContent(msgtype, complaints);
    return this.sizeCheck(value, path, msgtype);
  }

  /** Advised limits that a (valid) message exceeds. */
  advice(value: Record<string, unknown>, path: string): readonly Advice[] {
    const msgtype = this.form.typeOf(value) ?? '';
    const type = this.byType.get(msgtype);
    const content = this.form.contentOf(value);
    if (!type || !content) return [];
    return adviceOn(rulesFor(type, content).content, content, join(path, this.form.contentMember(msgtype)));
  }

  private contentComplaints(msgtype: string, content: Record<string, unknown>, path: string): readonly Complaint[] {
    const type = this.byType.get(msgtype);
    if (!type) return [];
    const rules = rulesFor(type, content);
    if (accept(rules.content, content, 'drop')) return rules.check?.(content, path) ?? [];
    const { complaints } = readStrictly(rules.content, content, 'drop', path);
    return complaints.length > 0 ? complaints : (rules.check?.(content, path) ?? []);
  }

  private sizeCheck(value: Record<string, unknown>, path: string, msgtype: string): MessageCheck {
    const { maxBytes } = this.options;
    if (maxBytes === undefined || mostBytes(value) <= maxBytes) return { complaints: [] };
    const bytes = byteLength(JSON.stringify(value));
    if (bytes <= maxBytes) return { complaints: [] };
    return invalidContent(msgtype, [
      {
        path,
        message: {
          zh: `整个消息最多 ${maxBytes} 字节（UTF-8 JSON），现为 ${bytes}`,
          en: `the whole message may have ${maxBytes} bytes as UTF-8 JSON, got ${bytes}`,
        },
      },
    ]);
  }

  /** A class for the whole message, so that Swagger and JSON Schema name it: `DingTalkActionCardMessage`. */
  private messageClass(type: MessageType): DtoClass {
    const words = type.msgtype.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
    const name = `${this.name}${words.join('')}Message`;
    const holder = { [name]: class {} };
    const dto = holder[name] as DtoClass;
    const { prototype } = dto;
    const member = this.form.contentMember(type.msgtype);
    ApiProperty({ type: 'string', enum: [type.msgtype] })(prototype, this.form.typeMember);
    ApiExtraModels(...modelsOf(type))(dto);
    // Swagger wants a type of every property, as the compiler gives it to those that are written down.
    Reflect.defineMetadata('design:type', Object, prototype, member);
    ApiProperty(this.contentProperty(type))(prototype, member);
    Type(() => type.content)(prototype, member);
    ValidateNested()(prototype, member);
    return dto;
  }

  private contentProperty(type: MessageType): ApiPropertyOptions {
    const description = `${type.title.zh}。${type.title.en}.`;
    if (this.form.takesText) {
      const asText = { type: 'string', description: 'the same object as JSON text' };
      return { oneOf: [schemaOf(type), asText], description };
    }
    if (!type.variants) return { type: () => type.content, description };
    return { type: 'object', additionalProperties: true, ...schemaOf(type), description };
  }

  private invalidType(path: string, message: Bilingual): MessageCheck {
    const member = this.form.typeMember;
    return {
      complaints: [{ path, message }],
      sentence: { zh: `消息类型无效: [${member}]`, en: `Invalid message type: [${member}]` },
    };
  }
}

/**
 * Bytes that a value takes as UTF-8 JSON at most. Nearly every message is far below its limit, which this tells without
 * writing it: a UTF-16 unit takes six (as an escape) and a number twenty-five.
 */
function mostBytes(value: unknown): number {
  if (typeof value === 'string') return 2 + value.length * 6;
  if (typeof value !== 'object' || value === null) return 25;
  let bytes = 2;
  for (const name of Object.keys(value))
    bytes += 4 + name.length * 6 + mostBytes((value as Record<string, unknown>)[name]);
  return bytes;
}

/** The rules of a content object: those of its variant, if it is a documented one. */
function rulesFor(type: MessageType, content: Record<string, unknown>): ContentRules {
  if (!type.variants || !Object.hasOwn(content, type.variants.member)) return type;
  const value = content[type.variants.member];
  const known = typeof value === 'string' && Object.hasOwn(type.variants.contents, value);
  return known ? (type.variants.contents[value] ?? type) : type;
}

function modelsOf(type: MessageType): readonly DtoClass[] {
  return type.variants ? Object.values(type.variants.contents).map((rules) => rules.content) : [type.content];
}

function schemaOf(type: MessageType): ContentSchema {
  if (!type.variants) return { allOf: [{ $ref: getSchemaPath(type.content) }] };
  const { member, contents } = type.variants;
  return choice(member, new Map(Object.entries(contents).map(([value, rules]) => [value, rules.content])));
}

function choice(propertyName: string, models: ReadonlyMap<string, DtoClass>): ContentSchema {
  const paths = [...models].map(([value, model]): [string, string] => [value, getSchemaPath(model)]);
  return {
    oneOf: paths.map(([, $ref]) => ({ $ref })),
    discriminator: { propertyName, mapping: Object.fromEntries(paths) },
  };
}

function join(path: string, member: string): string {
  return path === '' ? member : `${path}.${member}`;
}

function invalidContent(msgtype: string, complaints: readonly Complaint[]): MessageCheck {
  return { complaints, sentence: { zh: `消息内容无效: [${msgtype}]`, en: `Invalid message content: [${msgtype}]` } };
}
