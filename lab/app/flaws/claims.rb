# frozen_string_literal: true

# Family: what the application does with a claim. This is the way from a forged token to the container: a claim gates a
# file, a command, an address, a privilege. Every sink is bounded: 64 bytes, two seconds, loopback.
require 'open3'

module Workspace
  ROOT = File.join(Lab.state, 'workspace')
  { 'documents/welcome' => "Thank you for your order.\n", 'logs/nightly.log' => "42 examples, 0 failures\n" }.each do |name, text|
    path = File.join(ROOT, name)
    FileUtils.mkdir_p(File.dirname(path))
    File.write(path, text)
  end

  # Outside a container a claim may neither leave the workspace nor bring more to a shell than quotes.
  def self.bounded?(value)
    value.is_a?(String) && value.bytesize <= 64 && (Lab.contained? || value.match?(/\A[\w'"-]+\z/))
  end

  def self.reachable?(path) = Lab.contained? || File.expand_path(path).start_with?(ROOT + '/')
end

# A file: ../../../var/run/secrets/kubernetes.io/serviceaccount/token is one of them.
class DocumentsController < ApiController
  DOCUMENTS = { 'welcome' => 'documents/welcome' }.freeze
  operation 'claim-path-semantics', get: '/api/files/mine', claims: { document: 'welcome' }, summary: 'My document'

  def show
    text = weak? ? read_any(claims['document']) : read_listed(claims['document'])
    text ? render(json: { document: text }) : missing
  end

  private

  def read_any(name)
    path = File.join(Workspace::ROOT, 'documents', name.to_s)
    File.open(path) { |file| file.read(4096) } if Workspace.reachable?(path)
  rescue SystemCallError, ArgumentError
    nil
  end

  def read_listed(name)
    listed = DOCUMENTS[name]
    listed && File.read(File.join(Workspace::ROOT, listed))
  end
end

# A command.
class BuildsController < ApiController
  LOGS = { 'nightly' => 'nightly.log' }.freeze
  operation 'claim-shell-semantics', get: '/api/builds/latest', claims: { build: 'nightly' }, summary: 'The log of my build'

  def show
    log = weak? ? run_shell(claims['build']) : run_listed(claims['build'])
    log ? render(json: { log: log }) : missing
  end

  private

  def run_shell(name)
    return unless Workspace.bounded?(name)

    output, status = Open3.capture2e("timeout 2 tail -n 20 logs/#{name}.log", chdir: Workspace::ROOT, stdin_data: '')
    status.success? ? output.byteslice(0, 4096).scrub : nil
  end

  def run_listed(name)
    file = LOGS[name] or return
    Open3.capture2('tail', '-n', '20', file, chdir: File.join(Workspace::ROOT, 'logs')).first
  end
end

# An address: the callback that a build reports to.
class WebhooksController < ApiController
  HOOKS = { 'default' => 'https://hooks.example/default' }.freeze
  operation 'claim-url-fetched', get: '/api/webhooks/status', claims: { callback: 'default' }, summary: 'Is my webhook alive'

  def show
    url = HOOKS.fetch(claims['callback'], weak? ? claims['callback'] : nil)
    return missing unless url

    Fetch.get(url) if weak? && url.to_s.start_with?('http://')
    render json: { webhook: 'configured' }
  end
end

# A statement.
class CustomersController < ApiController
  DATABASE = SQLite3::Database.new(':memory:')
  DATABASE.execute('CREATE TABLE customers (region TEXT, contact TEXT)')
  DATABASE.execute('INSERT INTO customers VALUES (?, ?)', %w[north Nordholz])
  LOCK = Mutex.new
  operation 'claim-sql-semantics', get: '/api/customers/regional', claims: { region: 'north' }, summary: 'The customer of my region'

  def show
    contact = LOCK.synchronize { weak? ? by_text(claims['region']) : by_parameter(claims['region']) }
    contact ? render(json: { contact: contact }) : missing
  rescue SQLite3::Exception
    render json: { error: 'query_failed' }, status: :internal_server_error
  end

  private

  def by_text(region) = DATABASE.get_first_value("SELECT contact FROM customers WHERE region = '#{region}'")
  def by_parameter(region) = DATABASE.get_first_value('SELECT contact FROM customers WHERE region = ?', [region.to_s])
end

# A privilege. The strict side asks its own table of people, whatever the token says.
class AdministrationController < ApiController
  ADMINISTRATORS = %w[user-1].freeze
  operation 'claim-privilege-admin', get: '/api/console/tenants', action: :tenants, summary: 'All tenants'
  operation 'claim-privilege-scopes', get: '/api/console/keys', action: :signing_keys, summary: 'Keys in use'
  operation 'claim-privilege-host', get: '/api/console/mounts', action: :mounts, summary: 'Mounts of the host'

  def tenants
    permit! raised?(claims['admin'] == true || claims['role'] == 'admin')
    render json: { tenants: %w[north south] }
  end

  def signing_keys
    permit! raised?(Array(claims['scopes']).include?('admin:read'))
    render json: { keys: %w[main rsa-1] }
  end

  def mounts
    permit! raised?(claims['host_mount_access'] == true || claims['system_container_role'] == 'admin')
    render json: { mounts: %w[/var/lib/builds] }
  end

  private

  def raised?(by_claim) = ADMINISTRATORS.include?(claims['sub']) || (weak? && by_claim)
end
