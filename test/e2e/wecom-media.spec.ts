import { describe, expect, it } from 'vitest';
import { startDeliveryWorld, type DeliveryWorld } from '../support/delivery-world.js';
import { call, type TestAnswer } from '../support/gateway.js';

const ROADS = [
  ['an app', '/v1/wecom/media/upload'],
  ['a robot', '/v1/wecom/robot/upload?robot=ops'],
] as const;

function upload({ url }: DeliveryWorld, path: string, name: string, type = 'file'): Promise<TestAnswer> {
  const form = new FormData();
  form.set('type', type);
  form.set('media', new File(['more than five bytes'], name));
  return call(url + path, { method: 'POST', body: form });
}

describe('a file for WeCom, which has no list of formats for files', () => {
  it.each(ROADS)('is uploaded by %s whatever it is called', async (_who, path) => {
    const world = await startDeliveryWorld();
    for (const name of [
      '模型.step',
      'backup.tar.zst',
      'page.html',
      'mail.msg',
      'Makefile',
      '.env',
      'a.verylongextension',
    ]) {
      const { status, body, text } = await upload(world, path, name);
      expect(status, text).toBe(200);
      expect(world.wecom.uploaded(String(body.data))).toMatchObject({ type: 'file', filename: name });
    }
  });

  it.each(ROADS)('and %s still uploads voice by the platform’s list alone', async (_who, path) => {
    const world = await startDeliveryWorld();
    expect(await upload(world, path, 'a.mp3', 'voice')).toMatchObject({
      status: 415,
      body: { msg: '文件格式不支持', data: '.amr' },
    });
  });

  it('is held to a list that the configuration has', async () => {
    const world = await startDeliveryWorld({
      settings: { 'providers.wecom.apps.default.media': { file: { ext: '.pdf.docx' } } },
    });
    const [[, path]] = ROADS;
    expect((await upload(world, path, '巡检.PDF')).status).toBe(200);
    for (const name of ['backup.zip', 'Makefile']) {
      expect(await upload(world, path, name)).toMatchObject({
        status: 415,
        body: { msg: '文件格式不支持', data: '.pdf.docx' },
      });
    }
  });
});
