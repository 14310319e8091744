import { Injectable } from '@nestjs/common';
import type { CallContext } from '../call-context.js';
import type { AppSettings, Operation } from '../provider.contract.js';
import { ProviderCaller } from '../provider-caller.js';
import type { ReceivedFile } from '../received-file.js';
import type { AppchatCreateDto, AppchatGetDto, AppchatSendDto, AppchatUpdateDto } from './dto/appchat.dto.js';
import type { DepartmentListDto, DepartmentUsersDto, UserByMobileDto } from './dto/directory.dto.js';
import type { MediaUploadDto } from './dto/media.dto.js';
import type { MessageSendDto, RecallDto } from './dto/message.dto.js';
import type { UpdateCardDto } from './dto/update-card.dto.js';
import { appchatCreate, appchatGet, appchatSend, appchatUpdate } from './operations/appchat.operations.js';
import { departmentList, departmentUsers, userByMobile } from './operations/directory.operations.js';
import type { RobotSendDto, RobotUploadDto } from './dto/robot.dto.js';
import { robotSend, robotUpload } from './operations/robot.operations.js';
import { mediaUpload } from './operations/media.operations.js';
import { cardUpdate, messageRecall, messageSend } from './operations/message.operations.js';

/**
 * What the service can do in WeCom. Each method gives back what goes into `data` and throws a DeliveryError.
 */
@Injectable()
export class WeComService {
  constructor(private readonly caller: ProviderCaller) {}

  /** Sends a message of the app; gives back its msgid and who was left out. */
  sendMessage(input: MessageSendDto, call: CallContext): Promise<unknown> {
    return this.run(messageSend, input, call);
  }

  /** Takes a message back, within 24 hours. */
  recallMessage(input: RecallDto, call: CallContext): Promise<unknown> {
    return this.run(messageRecall, input, call);
  }

  /** Changes a template card that was sent. */
  updateCard(input: UpdateCardDto, call: CallContext): Promise<unknown> {
    return this.run(cardUpdate, input, call);
  }

  /** Creates a group chat; gives back its chatid. */
  createChat(input: AppchatCreateDto, call: CallContext): Promise<unknown> {
    return this.run(appchatCreate, input, call);
  }

  /** Changes a group chat. */
  updateChat(input: AppchatUpdateDto, call: CallContext): Promise<unknown> {
    return this.run(appchatUpdate, input, call);
  }

  /** Reads a group chat. */
  getChat(input: AppchatGetDto, call: CallContext): Promise<unknown> {
    return this.run(appchatGet, input, call);
  }

  /** Sends a message to a group chat. */
  sendToChat(input: AppchatSendDto, call: CallContext): Promise<unknown> {
    return this.run(appchatSend, input, call);
  }

  /** Uploads a file; gives back its media_id, good for three days. */
  uploadMedia(form: MediaUploadDto, media: ReceivedFile, call: CallContext): Promise<unknown> {
    return this.run(mediaUpload, { type: form.type, media }, call);
  }

  /** Departments that the app sees, of all levels. */
  listDepartments(input: DepartmentListDto, call: CallContext): Promise<unknown> {
    return this.run(departmentList, input, call);
  }

  /** Direct members of a department. */
  listDepartmentUsers(input: DepartmentUsersDto, call: CallContext): Promise<unknown> {
    return this.run(departmentUsers, input, call);
  }

  /** The userid behind a mobile number. Misses are remembered, and their number in a day is limited. */
  findUserByMobile(input: UserByMobileDto, call: CallContext): Promise<unknown> {
    return this.run(userByMobile, input, call);
  }

  /** Sends a message with a group robot; `call.app` is `robots/` and its name. */
  sendByRobot(input: RobotSendDto, call: CallContext): Promise<unknown> {
    return this.run(robotSend, input, call);
  }

  /** Uploads a file for a group robot; gives back its media_id, good for three days and for that robot. */
  uploadForRobot(form: RobotUploadDto, media: ReceivedFile, call: CallContext): Promise<unknown> {
    return this.run(robotUpload, { type: form.type, media }, call);
  }

  private run<Input, App extends AppSettings>(
    operation: Operation<Input, App>,
    input: Input,
    call: CallContext,
  ): Promise<unknown> {
    return this.caller.run('wecom', operation, input, call);
  }
}
