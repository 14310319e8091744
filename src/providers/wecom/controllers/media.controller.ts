import { Body, Controller, UploadedFile } from '@nestjs/common';
import { ApiTags } from '../../../openapi/openapi.decorators.js';
import { Call, type CallContext } from '../../call-context.js';
import { UploadRoute } from '../../provider-route.js';
import { requireFile, type ReceivedFile } from '../../received-file.js';
import { WeComService } from '../wecom.service.js';
import { MediaUploadDto } from '../dto/media.dto.js';
import { MAX_MEDIA_BYTES, mediaUpload } from '../operations/media.operations.js';
import { route } from './route.js';

/** Media files. */
@ApiTags('WeCom 临时素材')
@Controller('v1/wecom/media')
export class MediaController {
  constructor(private readonly wecom: WeComService) {}

  @UploadRoute(mediaUpload, { ...route('upload'), field: 'media', maxBytes: MAX_MEDIA_BYTES })
  upload(
    @Body() form: MediaUploadDto,
    @UploadedFile() file: ReceivedFile | undefined,
    @Call() call: CallContext,
  ): Promise<unknown> {
    return this.wecom.uploadMedia(form, requireFile(file, 'media'), call);
  }
}
