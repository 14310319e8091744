import { createHash, randomBytes } from 'node:crypto';
import type { Ledger, Recipients } from '../../../simulator/ledger.js';
import type { SimulatedCall } from '../../../simulator/simulated-call.js';
import { SlidingWindow } from '../../../simulator/sliding-window.js';
import type { SimulatedApp } from './access-tokens.js';
import { checkCard } from './card-checks.js';
import { MediaStore, type StoredMedia } from './media-store.js';
import type { JsonObject, Members } from './members.js';
import { Refusal } from './refusals.js';
import { requestBody } from './request-body.js';

/** A robot of a group. */
export interface SimulatedRobot {
  /** Name in the gateway's configuration. */
  readonly name: string;
  readonly key: string;
}

export interface RobotOptions {
  /** The robots of the organisation's groups. Default {@link DEFAULT_ROBOTS}. */
  readonly robots?: readonly SimulatedRobot[];
  /** Messages of one robot in a minute. Default 20, as on the platform. */
  readonly robotMessagesPerMinute?: number;
}

export const DEFAULT_ROBOTS: readonly SimulatedRobot[] = [
  { name: 'ops', key: 'simrobot-693a91f6-7e1c-4bc4-97a0-0ec2d1f3a5b7' },
];

const MINUTE_MS = 60_000;
const TEXT_BYTES = 2048;
const MARKDOWN_BYTES = 4096;
const IMAGE_BYTES = 2 * 1024 * 1024;
const UPLOAD_TYPES = ['file', 'voice'];

/** A robot has no application behind it, so nothing on its cards can be pressed. */
const NO_APP: SimulatedApp = { name: '', agentId: 0, secret: '', visibleRange: {}, hasCallbackUrl: false };

/**
 * `/cgi-bin/webhook/*`: group robots. Whether their minute slides is not documented; here it does.
 *
 * @see https://developer.work.weixin.qq.com/document/path/99110
 */
export class Robots {
  throttled = false;
  /** No key is known any more. */
  rejecting = false;
  readonly all: readonly SimulatedRobot[];
  private readonly window: SlidingWindow;
  /** Media serve the robot alone that uploaded them. */
  private readonly media: ReadonlyMap<string, MediaStore>;

  constructor(
    private readonly ledger: Ledger,
    clock: () => number,
    options: RobotOptions,
  ) {
    this.all = options.robots ?? DEFAULT_ROBOTS;
    this.window = new SlidingWindow(options.robotMessagesPerMinute ?? 20, MINUTE_MS, clock);
    this.media = new Map(this.all.map(({ key }) => [key, new MediaStore(clock)]));
  }

  /** No robot has sent anything yet. */
  rest(): void {
    this.window.clear();
  }

  /** A file that every robot uploaded just before, under an id that a caller knows. */
  adopt(mediaId: string, type: string): void {
    for (const store of this.media.values()) store.adopt(mediaId, type);
  }

  /** What one of the robots uploaded under a media id. */
  uploaded(mediaId: string): StoredMedia | undefined {
    return [...this.media.values()].map((store) => store.find(mediaId)).find((media) => media !== undefined);
  }

  upload(call: SimulatedCall): JsonObject {
    const { key } = this.admit(call);
    if (!UPLOAD_TYPES.includes(call.query.get('type') ?? '')) throw new Refusal(40005);
    return this.mediaOf(key).upload(call);
  }

  send(call: SimulatedCall): JsonObject {
    const robot = this.admit(call);
    if (call.body.length === 0) throw new Refusal(93017);
    const body = requestBody(call);
    const msgtype = body.value('msgtype');
    const check = typeof msgtype === 'string' ? CHECKS.get(msgtype) : undefined;
    if (!check) throw new Refusal(40008);
    check(body.object(msgtype as string), this.mediaOf(robot.key));
    if (!this.window.tryTake(robot.key)) throw new Refusal(45009);
    this.ledger.recordMessage({
      id: `robot-${randomBytes(12).toString('hex')}`,
      provider: 'wecom',
      app: `robots/${robot.name}`,
      operation: 'robot.send',
      recipients: { robot: robot.name, ...mentionsIn(body.object(msgtype as string)) },
      msgtype: msgtype as string,
      content: { msgtype, [msgtype as string]: body.value(msgtype as string) },
      shown: true,
    });
    return {};
  }

  private admit(call: SimulatedCall): SimulatedRobot {
    if (this.throttled) throw new Refusal(45009);
    const key = call.query.get('key');
    const robot = this.rejecting ? undefined : this.all.find((one) => one.key === key);
    if (!robot) throw new Refusal(93000);
    return robot;
  }

  private mediaOf(key: string): MediaStore {
    const store = this.media.get(key);
    if (!store) throw new Error(`no media of the robot ${key}`);
    return store;
  }
}

type Check = (content: Members, media: MediaStore) => void;

/** Over-long content is refused with 40058, which names the member and its limit. */
const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['text', checkText],
  ['markdown', (markdown) => void contentIn(markdown, MARKDOWN_BYTES)],
  ['markdown_v2', (markdown) => void contentIn(markdown, MARKDOWN_BYTES)],
  ['image', checkImage],
  ['news', checkNews],
  ['file', (file, media) => void media.use(file.requiredText('media_id', 41006), 'file')],
  ['voice', (voice, media) => void media.use(voice.requiredText('media_id', 41006), 'voice')],
  ['template_card', checkRobotCard],
]);

function checkText(text: Members): void {
  contentIn(text, TEXT_BYTES);
  for (const member of ['mentioned_list', 'mentioned_mobile_list']) if (text.has(member)) text.ids(member);
}

function contentIn(content: Members, maxBytes: number): string {
  return content.requiredText('content', 44004, { maxBytes, code: 40058 });
}

function checkImage(image: Members): void {
  const picture = Buffer.from(image.requiredText('base64', 40063), 'base64');
  const md5 = image.requiredText('md5', 40063);
  if (picture.length > IMAGE_BYTES) throw new Refusal(93018);
  const isPicture = picture[0] === 0xff || picture.toString('latin1', 1, 4) === 'PNG';
  if (!isPicture) throw new Refusal(40004);
  if (createHash('md5').update(picture).digest('hex') !== md5.toLowerCase()) throw new Refusal(40058, 'image.md5');
}

function checkNews(news: Members): void {
  for (const article of news.list('articles', { min: 1, max: 8, code: 45008 })) {
    article.requiredText('title', 41016);
    article.text('description');
    article.requiredText('url', 41010);
    article.text('picurl');
  }
}

function checkRobotCard(card: Members, media: MediaStore): void {
  if (!['text_notice', 'news_notice'].includes(card.requiredText('card_type', 42031))) throw new Refusal(42031);
  if (card.has('action_menu')) throw new Refusal(40058, 'template_card.action_menu');
  if (card.value('card_type') === 'news_notice' && !card.has('card_image')) throw new Refusal(42044);
  checkCard(card, { app: NO_APP, media, isUpdate: false });
}

function mentionsIn(content: Members): Recipients {
  const named = ['mentioned_list', 'mentioned_mobile_list'].flatMap((member) =>
    content.has(member) ? content.ids(member) : [],
  );
  const users = named.filter((name) => name !== '@all');
  return { ...(users.length > 0 && { users }), ...(named.includes('@all') && { all: true }) };
}
