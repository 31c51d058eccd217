using System.Text;

using AeroGrid.Node.Logs;

using Microsoft.Extensions.Time.Testing;

namespace AeroGrid.Node.Tests.Logs;

/// <summary>Logs of programs that write whatever they like.</summary>
public sealed class LogTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("aerogrid-logs-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public async Task Bytes_of_any_kind_come_out_as_they_went_in()
    {
        var random = new byte[200_000];
        new Random(7).NextBytes(random);
        random[^1] = (byte)'\n';
        await WriteAsync(random);

        (await ReadAsync(new())).ShouldBe(random);
    }

    [Fact]
    public async Task A_line_of_a_hundred_megabytes_costs_little_memory_and_is_one_line_again()
    {
        var folder = Folder(long.MaxValue);
        using var writer = folder.Open(0, TimeProvider.System);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await writer.PumpAsync(new Endless(100 << 20), "stdout");
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(10 << 20);

        var counter = new CountingStream();
        await new LogReader(folder, 0, null).CopyAsync(new(), counter, CancellationToken.None);
        (counter.Bytes, counter.Lines).ShouldBe(((100L << 20) + 1, 1));
    }

    [Fact]
    public async Task The_end_without_a_line_end_is_a_line()
    {
        await WriteAsync("one\nno end"u8.ToArray());

        (await ReadTextAsync(new())).ShouldBe("one\nno end\n");
        (await ReadTextAsync(new() { TailLines = 1 })).ShouldBe("no end\n");
        (await ReadTextAsync(new() { TailLines = 0 })).ShouldBe("");
        (await ReadTextAsync(new() { LimitBytes = 2 })).ShouldBe("on");
    }

    [Fact]
    public async Task Lines_since_a_time_have_their_own_time()
    {
        using (var writer = Folder().Open(0, _time))
        {
            await writer.PumpAsync(new MemoryStream("old\n"u8.ToArray()), "stdout");
            _time.Advance(TimeSpan.FromSeconds(10));
            await writer.PumpAsync(new MemoryStream("new\n"u8.ToArray()), "stderr");
        }

        (await ReadTextAsync(new() { Since = _time.GetUtcNow() - TimeSpan.FromSeconds(1) })).ShouldBe("new\n");
        (await ReadTextAsync(new() { Timestamps = true })).ShouldBe("2026-01-31T12:00:00.000000000Z old\n2026-01-31T12:00:10.000000000Z new\n");
        (await ReadTextAsync(new() { Stream = "Stderr" })).ShouldBe("new\n");
    }

    [Fact]
    public async Task A_follower_reads_every_line_once_over_rotations()
    {
        var folder = Folder(maxFileBytes: 4000);
        using var writer = folder.Open(0, TimeProvider.System);
        using var output = new MemoryStream();
        var reading = new LogReader(folder, 0, writer).CopyAsync(new() { Follow = true }, output, CancellationToken.None);
        var expected = new StringBuilder();

        for (var i = 0; i < 300; i++)
        {
            var line = $"line {i} {new string('x', i % 90)}\n";
            expected.Append(line);
            await writer.PumpAsync(new MemoryStream(Encoding.UTF8.GetBytes(line)), "stdout");

            // The reader is never more than a file behind.
            if (i % 10 == 0)
                await AeroGrid.TestKit.Eventually.True(() => output.Length >= expected.Length - 2000, "the follower fell behind");
        }

        writer.Dispose();
        await reading;

        Directory.GetFiles(_path).Length.ShouldBe(3);
        Encoding.UTF8.GetString(output.ToArray()).ShouldBe(expected.ToString());
    }

    [Fact]
    public async Task Logs_of_runs_before_the_previous_one_are_removed()
    {
        for (var run = 0; run < 4; run++)
        {
            using var writer = Folder().Open(run, _time);
            await writer.PumpAsync(new MemoryStream("x\n"u8.ToArray()), "stdout");
        }

        Folder().Runs().Order().ShouldBe([2, 3]);
    }

    private LogFolder Folder(long maxFileBytes = 1 << 20) => new(_path, new() { MaxFileBytes = maxFileBytes, BytesPerSecond = long.MaxValue / 4 });

    private async Task WriteAsync(byte[] bytes)
    {
        using var writer = Folder().Open(0, _time);
        await writer.PumpAsync(new MemoryStream(bytes), "stdout");
    }

    private async Task<byte[]> ReadAsync(LogQuery query)
    {
        using var output = new MemoryStream();
        await new LogReader(Folder(), 0, null).CopyAsync(query, output, CancellationToken.None);
        return output.ToArray();
    }

    private async Task<string> ReadTextAsync(LogQuery query) => Encoding.UTF8.GetString(await ReadAsync(query));

    /// <summary>So many bytes without a line end.</summary>
    private sealed class Endless(long length) : MemoryStream
    {
        private long _left = length;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = (int)Math.Min(buffer.Length, _left);
            _left -= count;
            buffer.Span[..count].Fill((byte)'x');
            return ValueTask.FromResult(count);
        }
    }

    private sealed class CountingStream : MemoryStream
    {
        public long Bytes { get; private set; }

        public int Lines { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Bytes += buffer.Length;
            Lines += buffer.Span.Count((byte)'\n');
            return ValueTask.CompletedTask;
        }
    }
}
