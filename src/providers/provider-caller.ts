import { Injectable } from '@nestjs/common';
import { ConfigService } from '../config/config.service.js';
import { PageAnswer } from '../envelope/answers.js';
import { Deadline } from '../outbound/deadline.js';
import type { AsyncRoad } from './async-road.js';
import { adviceFor, refuseForeignIdentity, requireBroadcast } from './call-checks.js';
import type { CallContext } from './call-context.js';
import { DeliveryError } from './delivery-error.js';
import { describeDryRun } from './dry-run.js';
import { LookupCaller } from './lookup-caller.js';
import { acceptInOrder, dryRunOfParts, sendInOrder } from './message-parts.js';
import { fitted } from './overlong/overlong.js';
import { PlatformCaller } from './platform-caller.js';
import type {
  Operation,
  OperationResult,
  PlatformRequest,
  ProviderDefinition,
  ResolvedApp,
} from './provider.contract.js';
import { ProviderRegistry } from './provider.registry.js';
import { ROBOT_PREFIX } from './robot-source.js';

/**
 * Runs operations for callers: checks what the app and the caller allow, renders the request, and sends it now, hands it
 * to the asynchronous road, or only describes it.
 */
@Injectable()
export class ProviderCaller {
  private asyncRoad: AsyncRoad | undefined;

  constructor(
    private readonly registry: ProviderRegistry,
    private readonly platform: PlatformCaller,
    private readonly lookups: LookupCaller,
    private readonly config: ConfigService,
  ) {}

  /**
   * Runs an operation for a caller, now, and gives back what goes into `data`: a {@link PageAnswer} when it is a list
   * that goes on.
   * @throws DeliveryError
   */
  run<Input>(providerId: string, operation: Operation<Input>, input: Input, call: CallContext): Promise<unknown> {
    return this.runAs(undefined, this.registry.provider(providerId), operation, input, call);
  }

  /**
   * The same with an app that is not in the configuration.
   * @throws DeliveryError
   */
  runAdHoc<Input>(app: ResolvedApp, operation: Operation<Input>, input: Input, call: CallContext): Promise<unknown> {
    return this.runAs(app, this.registry.provider(app.provider), operation, input, call);
  }

  /** One function for all of the synchronous road: what waits for a platform stays in memory meanwhile. */
  private async runAs<Input>(
    adHoc: ResolvedApp | undefined,
    provider: ProviderDefinition,
    operation: Operation<Input>,
    input: Input,
    call: CallContext,
  ): Promise<unknown> {
    Object.assign(call.facts, { provider: provider.id, app: call.app, operation: operation.id });
    // What is refused here never ran: it is described by its kind, not as an operation that failed.
    const app = adHoc ?? this.appFor(provider, call);
    const inputs = checked(operation, input, app, call);
    const plain = operation as Operation;
    let deadline: Deadline | undefined;
    try {
      if (inputs.length > 1) return await this.sendParts(provider, plain, app, inputs, call);
      const [only] = inputs as readonly [Input];
      const request = operation.render(only, app);
      const advice = adviceFor(plain, only, app);
      if (advice.length > 0) call.facts.advice = advice.map(({ path }) => path);
      const { dryRun, asynchronous: options } = call.options;
      if (dryRun) return describeDryRun(provider, plain, app, request, advice, this.config.secrets);
      if (options)
        return await this.requireRoad().accept({
          operation: plain,
          app,
          input: only as object,
          request,
          options,
          call,
        });
      const drawn = operation.effect === 'send' ? this.asyncRoad?.draw(plain, app, only as object) : undefined;
      if (drawn) await drawn;
      deadline = this.deadlineFor(plain, app, call);
      const result = await this.ask(provider, plain, app, only, request, deadline, call);
      return result.next === undefined
        ? result.data
        : new PageAnswer(result.data as readonly unknown[], call.pageAt(result.next));
    } catch (error) {
      if (error instanceof DeliveryError && !error.details.complaints) throw error.during(operation.failure);
      throw error;
    } finally {
      deadline?.finish();
    }
  }

  /** Apart from its caller, whose variables the function below would keep otherwise. */
  private ask(
    provider: ProviderDefinition,
    operation: Operation,
    app: ResolvedApp,
    input: unknown,
    request: PlatformRequest,
    deadline: Deadline,
    call: CallContext,
  ): Promise<OperationResult> {
    return this.lookups.run(provider, operation, app, input, deadline, () =>
      this.platform.execute(provider, operation, app, request, deadline, call),
    );
  }

  /** A message whose text became several. All of them find room before the first one leaves. */
  private async sendParts(
    provider: ProviderDefinition,
    operation: Operation,
    app: ResolvedApp,
    inputs: readonly unknown[],
    call: CallContext,
  ): Promise<unknown> {
    const requests = inputs.map((input) => operation.render(input, app));
    const { dryRun, asynchronous } = call.options;
    if (dryRun) {
      const advice = adviceFor(operation, inputs[0], app);
      return dryRunOfParts(
        requests.map((request) => describeDryRun(provider, operation, app, request, advice, this.config.secrets)),
      );
    }
    if (asynchronous) {
      const message = { operation, app, options: asynchronous, call };
      const messages = inputs.map((input, index) => ({
        ...message,
        input: input as object,
        request: requests[index] as PlatformRequest,
      }));
      return acceptInOrder(this.requireRoad(), messages);
    }
    await this.asyncRoad?.draw(operation, app, inputs[0] as object, inputs.length);
    const deadline = this.deadlineFor(operation, app, call);
    try {
      return await sendInOrder(requests, (request) =>
        this.platform.execute(provider, operation, app, request, deadline, call),
      );
    } finally {
      deadline.finish();
    }
  }

  /** The delivery module takes asynchronous messages from here on. */
  connect(road: AsyncRoad): void {
    this.asyncRoad = road;
  }

  private requireRoad(): AsyncRoad {
    if (this.asyncRoad) return this.asyncRoad;
    throw new DeliveryError('unavailable', { reason: 'no-delivery' });
  }

  /** The deadline of an operation, which also ends when the caller leaves. */
  private deadlineFor(operation: Operation, app: ResolvedApp, call: CallContext): Deadline {
    const { uploadTimeoutMs } = this.config.current.outbound;
    const deadline = new Deadline(operation.effect === 'upload' ? uploadTimeoutMs : this.registry.timeoutMs(app));
    call.onLeave(() => deadline.stop('caller-left'));
    return deadline;
  }

  private appFor(provider: ProviderDefinition, call: CallContext): ResolvedApp {
    // Whoever names no robot is told which ones there are.
    if (call.app !== ROBOT_PREFIX && call.principal?.mayUse(provider.id, call.app) === false) {
      throw new DeliveryError('forbidden', {
        reason: 'app',
        hint: {
          zh: `该调用方不能使用应用 ${provider.id}/${call.app}`,
          en: `This caller may not use the app ${provider.id}/${call.app}`,
        },
      });
    }
    return this.registry.app(provider.id, call.app, call.principal);
  }
}

/**
 * What is sent for an input: itself, or its parts when its text is too long and the caller wants it split.
 * @throws DeliveryError what is refused before it runs
 */
function checked<Input>(
  operation: Operation<Input>,
  input: Input,
  app: ResolvedApp,
  call: CallContext,
): readonly Input[] {
  refuseForeignIdentity(input, app);
  const complaints = operation.check?.(input) ?? [];
  if (complaints.length > 0) throw DeliveryError.invalid(complaints);
  requireBroadcast(operation, input, call);
  const long = operation.longText?.(input);
  const texts = long && fitted(long, call.options.overlong ?? 'reject');
  return texts ? long.parts(texts) : [input];
}
