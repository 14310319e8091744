import { Body, Controller, Query } from '@nestjs/common';
import { ApiTags } from '../../../openapi/openapi.decorators.js';
import { Call, type CallContext } from '../../call-context.js';
import { GetRoute, PostRoute } from '../../provider-route.js';
import { DepartmentListDto, DepartmentUsersDto, UserByMobileDto } from '../dto/directory.dto.js';
import { departmentList, departmentUsers, userByMobile } from '../operations/directory.operations.js';
import { WeComService } from '../wecom.service.js';
import { directoryRoute } from './route.js';

/** Departments and people. */
@ApiTags('WeCom 通讯录')
@Controller('v1/wecom')
export class DirectoryController {
  constructor(private readonly wecom: WeComService) {}

  @GetRoute(departmentList, { ...directoryRoute('department/list'), query: ['id'] })
  departments(@Query() query: DepartmentListDto, @Call() call: CallContext): Promise<unknown> {
    return this.wecom.listDepartments(query, call);
  }

  @GetRoute(departmentUsers, { ...directoryRoute('department/users'), query: ['id'] })
  users(@Query() query: DepartmentUsersDto, @Call() call: CallContext): Promise<unknown> {
    return this.wecom.listDepartmentUsers(query, call);
  }

  @PostRoute(userByMobile, directoryRoute('user/by-mobile'))
  userByMobile(@Body() body: UserByMobileDto, @Call() call: CallContext): Promise<unknown> {
    return this.wecom.findUserByMobile(body, call);
  }
}
