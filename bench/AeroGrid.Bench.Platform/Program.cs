using AeroGrid.Bench.Platform;

// Figures of the whole platform, run by hand: dotnet run -c Release --project bench/AeroGrid.Bench.Platform -- save|rolling|up
switch (args)
{
    case ["save", ..]:
        await SaveToServing.RunAsync(saves: Count(50));
        return 0;
    case ["rolling", ..]:
        return await RollingUpdates.RunAsync(updates: Count(20), requestsPerSecond: 200);
    case ["up", ..]:
        await UpToReady.RunAsync(starts: Count(5));
        return 0;
    default:
        Console.Error.WriteLine(
            """
            usage: AeroGrid.Bench.Platform save|rolling|up [COUNT]
              save     code-only save to new version serving, against the same script started bare
              rolling  rolling updates under 200 requests/s: how many requests fail
              up       `up` to ready, memory and processor time when idle
            """);
        return 2;
}

int Count(int standard) => args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : standard;
