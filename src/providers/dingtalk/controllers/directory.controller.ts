import { Body, Controller, Query } from '@nestjs/common';
import { ApiTags } from '../../../openapi/openapi.decorators.js';
import { Call, type CallContext } from '../../call-context.js';
import { GetRoute, PostRoute } from '../../provider-route.js';
import { DingTalkService } from '../dingtalk.service.js';
import { DepartmentListDto, DepartmentUsersDto, UserByMobileDto } from '../dto/directory.dto.js';
import { departmentList, departmentUsers, userByMobile } from '../operations/directory.operations.js';
import { directoryRoute } from './route.js';

/** Departments and people. */
@ApiTags('DingTalk 通讯录')
@Controller('v1/dd')
export class DirectoryController {
  constructor(private readonly dingtalk: DingTalkService) {}

  @GetRoute(departmentList, { ...directoryRoute('department/list'), query: ['id'] })
  departments(@Query() query: DepartmentListDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.listDepartments(query, call);
  }

  @GetRoute(departmentUsers, { ...directoryRoute('department/users'), query: ['id', 'cursor', 'limit'] })
  users(@Query() query: DepartmentUsersDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.listDepartmentUsers(query, call);
  }

  @PostRoute(userByMobile, directoryRoute('user/by-mobile'))
  userByMobile(@Body() body: UserByMobileDto, @Call() call: CallContext): Promise<unknown> {
    return this.dingtalk.findUserByMobile(body, call);
  }
}
