using System.Collections;
using System.Runtime.InteropServices;

using AeroGrid.Runner.Hosting;
using AeroGrid.Runner.Kafka;

const string Usage = """
    usage: aerogrid-runner -- COMMAND [ARGUMENT ...]

    Runs an app with grids in the current folder: starts COMMAND (for example: python3 -u -m aerogrid app.py), reads its topics from Kafka, holds its
    grids and serves them at /grids by HTTP and as aerogrid.v1.Grids by gRPC.

    environment:
      PORT                           HTTP/1.1: /grids, /livez, /readyz, /metrics, /status, gRPC-Web (default 8080)
      PORT_GRPC                      HTTP/2 without TLS: gRPC and gRPC-Web (default: none)
      AEROGRID_ADDRESS               IP address to listen at (default: all)
      AEROGRID_APP, AEROGRID_TENANT  names in the consumer group aerogrid-TENANT-APP
      AEROGRID_GRID_MEMORY_MB        how much memory all grids may take (default: half of the container's)
      AEROGRID_BLOCKED_LIMIT_SECONDS how long the app's code may block before it is started again (default 60)
      KAFKA_SOME_NAME                the property some.name of librdkafka, for example KAFKA_SECURITY_PROTOCOL
    """;

if (args is [] or ["--help"] or ["-h"])
{
    Console.WriteLine(Usage);
    return args.Length == 0 ? 2 : 0;
}

if (args is not ["--", _, ..])
{
    Console.Error.WriteLine(Usage);
    return 2;
}

var folder = Directory.CreateTempSubdirectory("aerogrid-");
try
{
    var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string)e.Value!, StringComparer.Ordinal);
    var options = RunnerOptions.Read(environment, args[1..], folder.FullName);
    using var stop = new CancellationTokenSource();
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    return await RunnerHost.RunAsync(options, TimeProvider.System, stop.Token);

    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        stop.Cancel();
    }
}
catch (InvalidSettingException e)
{
    Say.That(e.Message);
    return 2;
}
catch (IOException e)
{
    Say.That($"it cannot listen: {e.Message}");
    return 1;
}
finally
{
    folder.Delete(recursive: true);
}
