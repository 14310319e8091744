import { BooleanField, ChoiceField, IntegerField, TextField } from '../../inbound/fields.js';
import { MOMENT } from '../../inbound/moments.js';
import { ApiSchema } from '../../openapi/openapi.decorators.js';
import { DELIVERY_STATES, type DeliveryState } from '../delivery.record.js';

const AS_MOMENT = {
  expression: MOMENT,
  means: { zh: '必须是 RFC 3339 时间', en: 'must be an RFC 3339 moment' },
} as const;

/** Which deliveries. */
class DeliverySelection {
  @TextField({ required: false, maxBytes: 64, description: { zh: '平台', en: 'Provider' }, example: 'wecom' })
  provider?: string;

  @TextField({ required: false, maxBytes: 64, description: { zh: '应用', en: 'App' }, example: 'default' })
  app?: string;

  @ChoiceField({ required: false, values: DELIVERY_STATES, description: { zh: '状态', en: 'Status' }, example: 'dead' })
  status?: DeliveryState;

  @TextField({
    required: false,
    maxBytes: 40,
    pattern: AS_MOMENT,
    description: { zh: '接受时间不早于', en: 'Accepted at or after' },
  })
  from?: string;

  @TextField({
    required: false,
    maxBytes: 40,
    pattern: AS_MOMENT,
    description: { zh: '接受时间早于', en: 'Accepted before' },
  })
  to?: string;
}

/** Query of `GET /v1/deliveries`. */
@ApiSchema({ description: '查询投递。Which deliveries to list.' })
export class DeliveryQueryDto extends DeliverySelection {
  @IntegerField({
    required: false,
    fromText: true,
    min: 1,
    max: 200,
    description: { zh: '每页条数，默认 50', en: 'Entries per page, 50 by default' },
  })
  limit?: number;

  @TextField({ required: false, maxBytes: 200, description: { zh: '下一页的游标', en: 'Cursor of the next page' } })
  cursor?: string;
}

/** Body of `POST /v1/deliveries/{id}/retry`. */
@ApiSchema({ description: '重放一次投递。Replays one delivery.' })
export class ReplayDto {
  @BooleanField({ required: false, description: { zh: '已发送的也重放', en: 'Replay it even if it was sent' } })
  force?: boolean;
}

/** Body of `POST /v1/deliveries/retry`. */
@ApiSchema({ description: '按条件重放；缺省为 dead。Replays by filter; dead ones by default.' })
export class ReplayManyDto extends DeliverySelection {
  @IntegerField({
    required: false,
    min: 1,
    max: 1_000,
    description: { zh: '最多条数，默认 100', en: 'At most so many, 100 by default' },
  })
  limit?: number;
}
