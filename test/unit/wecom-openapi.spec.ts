import 'reflect-metadata';
import { Body, Controller, Module, Post, type INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiBody, ApiExtraModels, loadSwagger } from '../../src/openapi/openapi.decorators.js';
import { rootMessageSchema } from '../../src/providers/message-field.js';
import { MediaUploadDto as TwinMediaUploadDto } from '../../src/providers/dingtalk/dto/media.dto.js';
import { RecallDto as TwinRecallDto } from '../../src/providers/dingtalk/dto/work-notice.dto.js';
import { MediaUploadDto } from '../../src/providers/wecom/dto/media.dto.js';
import { MessageSendDto, RecallDto } from '../../src/providers/wecom/dto/message.dto.js';
import { wecomMessages } from '../../src/providers/wecom/dto/messages.js';
import { UpdateCardDto } from '../../src/providers/wecom/dto/update-card.dto.js';
import { CARDS } from '../support/wecom-messages.js';

@Controller()
@ApiExtraModels(MessageSendDto, UpdateCardDto, RecallDto, MediaUploadDto, TwinRecallDto, TwinMediaUploadDto)
class DocumentedController {
  @Post('send')
  @ApiBody({ schema: rootMessageSchema(MessageSendDto, wecomMessages) })
  send(@Body() body: unknown): unknown {
    return body;
  }
}

@Module({ controllers: [DocumentedController] })
class DocumentedModule {}

describe(rootMessageSchema.name, () => {
  let app: INestApplication;
  let document: OpenAPIObject;

  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [DocumentedModule] }).compile();
    app = module.createNestApplication({ logger: false });
    const { DocumentBuilder, SwaggerModule } = await loadSwagger();
    document = SwaggerModule.createDocument(app, new DocumentBuilder().build());
  });

  afterAll(() => app.close());

  it('shows the members of the request and one of the messages', () => {
    const body = JSON.parse(JSON.stringify(document.paths['/send']?.post?.requestBody));
    const { allOf } = body.content['application/json'].schema;
    expect(allOf[0]).toEqual({ $ref: '#/components/schemas/MessageSendDto' });
    expect(allOf[1].discriminator.propertyName).toBe('msgtype');
    expect(Object.keys(allOf[1].discriminator.mapping)).toEqual(wecomMessages.types.map((type) => type.msgtype));
  });

  it('shows the cards by their type', () => {
    const schemas = JSON.parse(JSON.stringify(document.components?.schemas));
    const sent = schemas.WeComTemplateCardMessage.properties.template_card;
    expect(Object.keys(sent.discriminator.mapping)).toEqual(CARDS);
    expect(schemas.WeComVoteCard.required).toContain('task_id');
    expect(Object.keys(schemas.UpdateCardDto.properties.template_card.discriminator.mapping)).toEqual(CARDS);
    expect(schemas.UpdateCardDto.required).toEqual(['response_code']);
    expect(schemas.WeComVoteCardReplacement.required).not.toContain('submit_button');
  });

  it('keeps its requests apart from those of the same name in DingTalk', () => {
    const names = Object.keys(document.components?.schemas ?? {});
    expect(names).toEqual(
      expect.arrayContaining(['RecallDto', 'WeComRecallDto', 'MediaUploadDto', 'WeComMediaUploadDto']),
    );
  });

  it('refers to nothing that is missing', () => {
    const text = JSON.stringify(document);
    const names = Array.from(text.matchAll(/"#\/components\/schemas\/([^"]+)"/g), (match) => match[1] ?? '');
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !document.components?.schemas?.[name])).toEqual([]);
  });
});
