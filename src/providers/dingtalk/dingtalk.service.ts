import { Injectable } from '@nestjs/common';
import type { CallContext } from '../call-context.js';
import { ProviderCaller } from '../provider-caller.js';
import type { AppSettings, Operation } from '../provider.contract.js';
import type {
  OtoQueryDto,
  OtoRecallDto,
  OtoSendDto,
  RobotGroupQueryDto,
  RobotGroupRecallDto,
  RobotGroupSendDto,
} from './dto/app-robot.dto.js';
import type { ChatCreateDto, ChatGetDto, ChatSendDto, ChatUpdateDto } from './dto/chat.dto.js';
import type { CustomRobotSendDto } from './dto/custom-robot.dto.js';
import type { DepartmentListDto, DepartmentUsersDto, UserByMobileDto } from './dto/directory.dto.js';
import type { ChatConvertDto, GroupCreateDto, GroupUpdateDto } from './dto/group.dto.js';
import type { MediaUploadDto } from './dto/media.dto.js';
import type { RecallDto, TaskDto, WorkNoticeDto } from './dto/work-notice.dto.js';
import type { ReceivedFile } from '../received-file.js';
import { robotGroupSend, robotOtoSend } from './operations/app-robot.operations.js';
import {
  robotGroupQuery,
  robotGroupRecall,
  robotOtoQuery,
  robotOtoRecall,
} from './operations/app-robot-follow-up.operations.js';
import { chatCreate, chatGet, chatSend, chatUpdate } from './operations/chat.operations.js';
import { customRobotSend } from './operations/custom-robot.operations.js';
import { departmentList, departmentUsers, userByMobile } from './operations/directory.operations.js';
import { chatConvert, groupCreate, groupUpdate } from './operations/group.operations.js';
import { mediaUpload } from './operations/media.operations.js';
import { noticeProgress, noticeRecall, noticeResult, noticeSend } from './operations/work-notice.operations.js';

/**
 * What the service can do in DingTalk. Each method gives back what goes into `data` and throws a DeliveryError.
 */
@Injectable()
export class DingTalkService {
  constructor(private readonly caller: ProviderCaller) {}

  /** Creates a group; gives back its chatid. */
  createChat(input: ChatCreateDto, call: CallContext): Promise<unknown> {
    return this.run(chatCreate, input, call);
  }

  /** Changes a group. */
  updateChat(input: ChatUpdateDto, call: CallContext): Promise<unknown> {
    return this.run(chatUpdate, input, call);
  }

  /** Reads a group. */
  getChat(input: ChatGetDto, call: CallContext): Promise<unknown> {
    return this.run(chatGet, input, call);
  }

  /** Sends a message to a group; gives back its messageId. */
  sendToChat(input: ChatSendDto, call: CallContext): Promise<unknown> {
    return this.run(chatSend, input, call);
  }

  /** Sends a work notice to people and departments; gives back its task_id. */
  sendWorkNotice(input: WorkNoticeDto, call: CallContext): Promise<unknown> {
    return this.run(noticeSend, input, call);
  }

  /** How far a work notice is. */
  workNoticeProgress(input: TaskDto, call: CallContext): Promise<unknown> {
    return this.run(noticeProgress, input, call);
  }

  /** Whom a work notice reached, for 24 hours. */
  workNoticeResult(input: TaskDto, call: CallContext): Promise<unknown> {
    return this.run(noticeResult, input, call);
  }

  /** Takes a work notice back, within 24 hours. */
  recallWorkNotice(input: RecallDto, call: CallContext): Promise<unknown> {
    return this.run(noticeRecall, input, call);
  }

  /** Uploads a file; gives back its media_id. */
  uploadMedia(form: MediaUploadDto, media: ReceivedFile, call: CallContext): Promise<unknown> {
    return this.run(mediaUpload, { type: form.type, media }, call);
  }

  /** Creates a group through the new API; gives back its ids. */
  createGroup(input: GroupCreateDto, call: CallContext): Promise<unknown> {
    return this.run(groupCreate, input, call);
  }

  /** Changes a group through the new API. */
  updateGroup(input: GroupUpdateDto, call: CallContext): Promise<unknown> {
    return this.run(groupUpdate, input, call);
  }

  /** The openConversationId of a chatid. */
  openConversationId(input: ChatConvertDto, call: CallContext): Promise<unknown> {
    return this.run(chatConvert, input, call);
  }

  /** Sends a message of the app's robot to people, one by one; gives back its key and whom it did not reach. */
  sendOneToOne(input: OtoSendDto, call: CallContext): Promise<unknown> {
    return this.run(robotOtoSend, input, call);
  }

  /** Who has read a one-to-one message, for 24 hours. */
  queryOneToOne(input: OtoQueryDto, call: CallContext): Promise<unknown> {
    return this.run(robotOtoQuery, input, call);
  }

  /** Takes one-to-one messages back, within 24 hours. */
  recallOneToOne(input: OtoRecallDto, call: CallContext): Promise<unknown> {
    return this.run(robotOtoRecall, input, call);
  }

  /** Sends a message of the app's robot to a group that it is in; gives back its key. */
  sendToGroup(input: RobotGroupSendDto, call: CallContext): Promise<unknown> {
    return this.run(robotGroupSend, input, call);
  }

  /** How a group message of the app's robot was sent, and who has read it. */
  queryGroupMessage(input: RobotGroupQueryDto, call: CallContext): Promise<unknown> {
    return this.run(robotGroupQuery, input, call);
  }

  /** Takes messages of the app's robot to a group back. */
  recallGroupMessages(input: RobotGroupRecallDto, call: CallContext): Promise<unknown> {
    return this.run(robotGroupRecall, input, call);
  }

  /** Sends a message with a custom robot; `call.app` is `robots/` and its name. */
  sendByCustomRobot(input: CustomRobotSendDto, call: CallContext): Promise<unknown> {
    return this.run(customRobotSend, input, call);
  }

  /** Departments directly below one. */
  listDepartments(input: DepartmentListDto, call: CallContext): Promise<unknown> {
    return this.run(departmentList, input, call);
  }

  /** Direct members of a department; a PageAnswer where the list goes on. */
  listDepartmentUsers(input: DepartmentUsersDto, call: CallContext): Promise<unknown> {
    return this.run(departmentUsers, input, call);
  }

  /** The userid behind a mobile number. Misses are remembered for ten minutes. */
  findUserByMobile(input: UserByMobileDto, call: CallContext): Promise<unknown> {
    return this.run(userByMobile, input, call);
  }

  private run<Input, App extends AppSettings>(
    operation: Operation<Input, App>,
    input: Input,
    call: CallContext,
  ): Promise<unknown> {
    return this.caller.run('dingtalk', operation, input, call);
  }
}
