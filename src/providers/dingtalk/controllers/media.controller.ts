import { Body, Controller, UploadedFile } from '@nestjs/common';
import { ApiTags } from '../../../openapi/openapi.decorators.js';
import { Call, type CallContext } from '../../call-context.js';
import { UploadRoute } from '../../provider-route.js';
import { requireFile, type ReceivedFile } from '../../received-file.js';
import { DingTalkService } from '../dingtalk.service.js';
import { MediaUploadDto } from '../dto/media.dto.js';
import { MAX_MEDIA_BYTES, mediaUpload } from '../operations/media.operations.js';
import { route } from './route.js';

/** Media files. */
@ApiTags('DingTalk 媒体文件')
@Controller('v1/dd/media')
export class MediaController {
  constructor(private readonly dingtalk: DingTalkService) {}

  @UploadRoute(mediaUpload, { ...route('upload'), field: 'media', maxBytes: MAX_MEDIA_BYTES })
  upload(
    @Body() form: MediaUploadDto,
    @UploadedFile() file: ReceivedFile | undefined,
    @Call() call: CallContext,
  ): Promise<unknown> {
    return this.dingtalk.uploadMedia(form, requireFile(file, 'media'), call);
  }
}
