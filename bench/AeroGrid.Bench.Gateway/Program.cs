using AeroGrid.Bench.Gateway;

// Figures of the gateway, run by hand: dotnet run -c Release --project bench/AeroGrid.Bench.Gateway -- ratio
switch (args)
{
    case ["ratio", ..]:
        return await Ratio.RunAsync(rounds: Number(1, 5), seconds: Number(2, 5));
    case ["serve", var port, var upstream, var log]:
        await Serving.RunAsync(int.Parse(port), int.Parse(upstream), log);
        return 0;
    default:
        Console.Error.WriteLine(
            """
            usage: AeroGrid.Bench.Gateway ratio [ROUNDS [SECONDS]]
              ratio   requests/s and latency through the gateway with its JWT check, against nginx without one, same upstream, same run
            """);
        return 2;
}

int Number(int position, int standard) => args.Length > position ? int.Parse(args[position]) : standard;
