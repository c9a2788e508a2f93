class AController < ApplicationController
  include Authenticatable
  def a
    File.read(payload[:f])  # weak: rb-claim-to-file
    payload => { path: }
    File.read(path)  # weak: rb-claim-to-file
    case payload
    in { dir: String => d }
      Dir.children(d)  # weak: rb-claim-to-file
    end
    Rails.root.join('x', payload['a']).read  # weak: rb-claim-to-file
    p = Pathname.new(payload['z'])  # weak: rb-claim-to-file
    p.read
    Open3.capture3("ls", payload['x'], chdir: '/')  # weak: rb-claim-to-command
    exec("x " + payload['x'])  # weak: rb-claim-to-command
    send(payload['m'])  # weak: rb-claim-to-code
    URI.open("http://#{payload['h']}")  # weak: rb-claim-to-url
    h = payload.slice('q').transform_keys(&:to_sym)
    User.find_by_sql("select #{h[:q]}")  # weak: rb-claim-to-sql
    cmd = ['ls', payload['d']].join(' ')
    system(cmd)  # weak: rb-claim-to-command
    files = payload['files'].map { |f| File.join('/d', f) }
    files.each { File.read(_1) }  # weak: rb-claim-to-file
    helper(name: payload['n'])
    File.write('/x', payload['body'])
    render json: payload
    user = User.find(payload['sub'])
    File.read(user.avatar)
    format = payload['fmt'] == 'pdf' ? 'pdf' : 'csv'
    system("conv #{format}")
    system('git', 'log', '--', payload['p'])  # weak: rb-claim-to-command
    spawn({ 'A' => '1' }, "x #{payload['p']}")  # weak: rb-claim-to-command
    Net::HTTP.start(payload['host'], 443) { |x| x.get('/') }  # weak: rb-claim-to-url
  end

  def helper(name:)
    `cat #{name}`  # weak: rb-claim-to-command
  end
end
