# frozen_string_literal: true

# The Ruby runtime inside an execution environment.
#
# It comes up before any function is known, waits for one, loads it and runs its invocations. Frames:
# src/compute/frames.ts. Behaviour: https://docs.aws.amazon.com/lambda/latest/dg/lambda-ruby.html
# Standard library only; Ruby 2.5 and newer.

require 'json'
require 'stringio'
require 'time'
begin
  require 'logger'
rescue LoadError
  # A gem of its own in some versions, and not installed: then the function brings it.
end

module Brume
  INIT = 1
  INVOKE = 2
  BOOTED, INITIALIZED, INIT_FAILED, RESULT, FAILED, LOG = 1, 2, 3, 4, 5, 6
  # Lambda gives no more of a backtrace.
  FRAMES_MAX = 100

  IN = IO.for_fd(3, 'rb')
  OUT = IO.for_fd(4, 'wb')
  OUT.sync = true

  class << self
    attr_accessor :request_id, :json_logs

    def read_frame
      head = IN.read(4)
      # The cloud is gone, and with it every reason to be here.
      exit!(0) if head.nil? || head.bytesize < 4
      size = head.unpack('N').first
      body = IN.read(size)
      exit!(0) if body.nil? || body.bytesize < size
      [body.getbyte(0), body.byteslice(1, size - 1)]
    end

    def frame(kind, *bodies)
      data = bodies.map { |body| body.dup.force_encoding(Encoding::BINARY) }.join
      OUT.write([data.bytesize + 1, kind].pack('NC') + data)
    end

    def log(text)
      frame(LOG, utf8(text)) unless text.empty?
    end

    def utf8(text)
      text = text.dup.force_encoding(Encoding::UTF_8) if text.encoding == Encoding::BINARY
      text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace, replace: '?').scrub('?')
    end

    # The most that this process has held, in KiB; 0 where the machine doesn't tell.
    def memory
      status = File.read('/proc/self/status')
      [status[/^VmHWM:\s+(\d+)/, 1].to_i].pack('N')
    rescue SystemCallError
      [0].pack('N')
    end
  end

  # Standard output and error: what is written at once, up to the end of a line, is one log event.
  module LogStream
    def write(*texts)
      data = texts.map(&:to_s)
      @brume_rest = +'' unless defined?(@brume_rest)
      @brume_rest << data.map { |text| Brume.utf8(text) }.join
      if @brume_rest.end_with?("\n")
        event, @brume_rest = @brume_rest, +''
        Brume.log(event.chomp)
      end
      data.sum(&:bytesize)
    end

    def flush
      self
    end

    # What came without a line's end before the invocation ended is an event too.
    def brume_finish
      return unless defined?(@brume_rest) && !@brume_rest.empty?

      event, @brume_rest = @brume_rest, +''
      Brume.log(event)
    end
  end

  def self.finish_streams
    [STDOUT, STDERR].each(&:brume_finish)
  end

  # What a logger to standard output writes: the request's id stands in it.
  class TextFormatter
    def call(severity, time, progname, message)
      stamp = time.strftime('%Y-%m-%dT%H:%M:%S.%6N')
      "#{severity[0]}, [#{stamp} ##{Process.pid}] #{severity.rjust(5)} #{Brume.request_id} -- #{progname}: #{text_of(message)}\n"
    end

    private

    def text_of(message)
      case message
      when String then message
      when Exception
        "#{message.message} (#{message.class})\n#{message.backtrace && message.backtrace.join("\n")}"
      else message.inspect
      end
    end
  end

  # The same where the function's log format is JSON.
  class JsonFormatter
    def call(severity, time, progname, message)
      event = { timestamp: time.utc.strftime('%Y-%m-%dT%H:%M:%S.%6NZ'), level: severity }
      event[:message] = Brume.utf8(message.is_a?(Exception) ? message.message : text_of(message))
      event[:requestId] = Brume.request_id
      event[:logger] = Brume.utf8(progname.to_s) unless progname.to_s.empty?
      add_error(event, message) if message.is_a?(Exception)
      "#{JSON.generate(event.compact)}\n"
    end

    private

    def text_of(message)
      message.is_a?(String) ? message : message.inspect
    end

    def add_error(event, error)
      trace = (error.backtrace || []).map { |line| Brume.utf8(line) }
      event[:errorType] = error.class.to_s
      event[:errorMessage] = Brume.utf8(error.message)
      event[:stackTrace] = trace
      file, line, place = trace.first && trace.first.match(/\A(.+):(\d+):in [`'](.+)'\z/)&.captures
      event[:location] = file ? "#{file}:#{place}:#{line}" : trace.first if trace.first
    end
  end

  # Loggers to standard output or error, and those to nowhere, write in Lambda's way.
  module LambdaLogger
    def initialize(device = nil, *rest, **options)
      device = STDOUT if device.nil? || device.equal?(STDERR)
      super(device, *rest, **options)
      return unless device.equal?(STDOUT)

      @default_formatter = Brume.json_logs ? JsonFormatter.new : TextFormatter.new
      wanted = ENV['AWS_LAMBDA_LOG_LEVEL']
      self.level = LEVELS.fetch(wanted, ::Logger::DEBUG) if Brume.json_logs && wanted && !options.key?(:level)
    end

    LEVELS = { 'TRACE' => 0, 'DEBUG' => 0, 'INFO' => 1, 'WARN' => 2, 'ERROR' => 3, 'FATAL' => 4 }.freeze
  end

  # https://docs.aws.amazon.com/lambda/latest/dg/ruby-context.html
  class LambdaContext
    attr_reader :aws_request_id, :invoked_function_arn, :log_group_name, :log_stream_name, :function_name,
                :memory_limit_in_mb, :function_version, :identity, :client_context, :deadline_ms, :tenant_id

    def initialize(head)
      @ends_at = now(Process::CLOCK_MONOTONIC) + head['timeoutMs']
      @deadline_ms = now(Process::CLOCK_REALTIME) + head['timeoutMs']
      @aws_request_id = head['requestId']
      @invoked_function_arn = head['functionArn']
      @tenant_id = head['tenantId']
      @identity = JSON.parse(head['cognitoIdentity']) if head['cognitoIdentity']
      @client_context = JSON.parse(head['clientContext']) if head['clientContext']
      @log_group_name = ENV['AWS_LAMBDA_LOG_GROUP_NAME']
      @log_stream_name = ENV['AWS_LAMBDA_LOG_STREAM_NAME']
      @function_name = ENV['AWS_LAMBDA_FUNCTION_NAME']
      @function_version = ENV['AWS_LAMBDA_FUNCTION_VERSION']
      @memory_limit_in_mb = ENV['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']
    end

    def get_remaining_time_in_millis
      [@ends_at - now(Process::CLOCK_MONOTONIC), 0].max
    end

    private

    def now(clock)
      Process.clock_gettime(clock, :millisecond)
    end
  end

  # FILE.METHOD or FILE.CLASS.METHOD.
  class Handler
    def initialize(name)
      parts = name.split('.')
      unless [2, 3].include?(parts.size)
        raise ArgumentError, "Invalid handler #{parts}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD " \
          'where FILENAME corresponds with an existing Ruby source file FILENAME.rb, CLASS is an optional ' \
          'module/class namespace and METHOD is a callable method. If using CLASS, METHOD must be a class-level method.'
      end
      @file = parts.first
      @owner = parts[1] if parts.size == 3
      @method = parts.last
    end

    def load(task_root)
      $LOAD_PATH.unshift(task_root) unless $LOAD_PATH.include?(task_root)
      require @file
      self
    end

    # @return [String] the answer's bytes.
    def call(event, context)
      given = { event: event, context: context }
      result = @owner ? Kernel.const_get(@owner).send(@method, **given) : TOPLEVEL_BINDING.receiver.__send__(@method, **given)
      # What can be read is the answer as it stands; all else becomes JSON.
      result.is_a?(StringIO) || result.is_a?(IO) ? result.read : result.to_json
    end
  end

  # @param kind `Function`, `Init` or `Runtime`.
  def self.error_object(error, kind)
    frames = (error.backtrace || []).reject { |line| line.start_with?(__FILE__) }
    {
      errorMessage: utf8(error.message),
      errorType: "#{kind}<#{error.class}>",
      stackTrace: frames.first(FRAMES_MAX).map { |line| utf8(line) }
    }
  end

  def self.log_error(title, problem)
    if json_logs
      stamp = Time.now.utc.strftime('%Y-%m-%dT%H:%M:%S.%6NZ')
      log(JSON.generate({ timestamp: stamp, level: 'ERROR', message: title, requestId: request_id, **problem }.compact))
    else
      log("#{title}\n#{JSON.pretty_generate(problem)}")
    end
  end

  def self.init(message)
    message['variables'].each { |name, value| ENV[name] = value }
    self.json_logs = ENV['AWS_LAMBDA_LOG_FORMAT'] == 'JSON'
    # The function's own gems, and those of its layers, weren't there when this process began.
    Gem.clear_paths if defined?(Gem)
    Handler.new(message['handler']).load(message['taskRoot'])
  rescue Exception => e # rubocop:disable Lint/RescueException
    problem = error_object(e, 'Init')
    finish_streams
    log_error("Init error when loading handler #{message['handler']}", problem)
    frame(INIT_FAILED, JSON.generate(problem))
    exit!(252)
  end

  def self.invoke(handler, body)
    size = body.unpack('N').first
    head = JSON.parse(body.byteslice(4, size))
    self.request_id = head['requestId']
    ENV['_X_AMZN_TRACE_ID'] = head['traceId'].to_s.empty? ? nil : head['traceId']
    event = JSON.parse(body.byteslice(4 + size, body.bytesize).force_encoding(Encoding::UTF_8))
    answer = handler.call(event, LambdaContext.new(head))
    finish_streams
    frame(RESULT, memory, answer)
  rescue Exception => e # rubocop:disable Lint/RescueException
    problem = error_object(e, 'Function')
    # After what may leave the program itself in disorder, Lambda starts it anew.
    is_critical = e.is_a?(NameError) || !e.is_a?(StandardError)
    finish_streams
    log_error(is_critical ? 'Critical exception from handler' : 'Error raised from handler method', problem)
    frame(FAILED, memory, [is_critical ? 1 : 0].pack('C'), JSON.generate(problem))
  end

  def self.main
    [STDOUT, STDERR].each { |stream| stream.singleton_class.prepend(LogStream) }
    ::Logger.prepend(LambdaLogger) if defined?(::Logger)
    frame(BOOTED, '')
    handler = nil
    loop do
      kind, body = read_frame
      if kind == INVOKE
        invoke(handler, body)
      else
        handler = init(JSON.parse(body))
        finish_streams
        frame(INITIALIZED, memory)
      end
    end
  end
end

Brume.main
