// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {IOrderBook} from "../../contracts/interfaces/IOrderBook.sol";
import {IPriceSource} from "../../contracts/interfaces/IPriceSource.sol";
import {IndexOracle} from "../../contracts/oracle/IndexOracle.sol";
import {ChainlinkSource} from "../../contracts/oracle/sources/ChainlinkSource.sol";
import {PoolDepthSource} from "../../contracts/oracle/sources/PoolDepthSource.sol";
import {PythSource} from "../../contracts/oracle/sources/PythSource.sol";
import {RedemptionRateSource} from "../../contracts/oracle/sources/RedemptionRateSource.sol";
import {SequencerGuardedSource} from "../../contracts/oracle/sources/SequencerGuardedSource.sol";
import {SmoothedBookSource} from "../../contracts/oracle/sources/SmoothedBookSource.sol";
import {TruncatedPoolSource} from "../../contracts/oracle/sources/TruncatedPoolSource.sol";
import {UniswapV3TwapSource} from "../../contracts/oracle/sources/UniswapV3TwapSource.sol";
import {TestAggregator} from "../../contracts/test/TestAggregator.sol";
import {TestPyth} from "../../contracts/test/TestPyth.sol";
import {TestRate} from "../../contracts/test/TestRate.sol";
import {TestToken} from "../../contracts/test/TestToken.sol";
import {ObservedPool} from "./ObservedPool.sol";
import {PriceWorld} from "./PriceWorld.sol";

/// @title Every adapter of a price source, as market 1 of the whole exchange reads it, and the far end of each
/// @notice The market's two feeds weigh the most. The others decide where those differ, fall silent, or are not named at all.
contract SourceWorld {
    uint8 public constant MARKET = 1;

    /// @notice Pyth's name of the feed.
    bytes32 public constant FEED = "OTHER/USD";

    /// @notice Weight in the index, quote, whole units: of a feed, and of what stands beside the feeds.
    uint32 public constant HEAVY = 1_000_000;
    uint32 public constant LIGHT = 5_000;

    /// @notice Liquidity of a pool with 50 million of quote at a price of 100.
    uint128 public constant LIQUIDITY = 5e18;

    /// @dev ln(1.0001) and ln(10), WAD.
    int256 private constant LN_TICK = 99_995_000_333_308;
    int256 private constant LN_TEN = 2_302_585_092_994_045_684;

    IndexOracle public immutable oracle;
    TestToken public immutable base;

    // Far ends: signed prices, a rate, a rollup's uptime, a pool.
    TestPyth public immutable far;
    TestRate public immutable rate;
    TestAggregator public immutable uptime;
    ObservedPool public immutable pool;

    ChainlinkSource public immutable first;
    ChainlinkSource public immutable second;
    PythSource public immutable pyth;
    SequencerGuardedSource public immutable guarded;
    RedemptionRateSource public immutable redemption;
    SmoothedBookSource public immutable smoothed;
    UniswapV3TwapSource public immutable twap;
    TruncatedPoolSource public immutable truncated;
    PoolDepthSource public immutable depth;

    constructor(address authority, TestToken quote, PriceWorld prices, IOrderBook book) {
        oracle = prices.oracle();
        (IndexOracle.SourceConfig[] memory feeds, ) = oracle.sourcesOf(MARKET);
        first = ChainlinkSource(address(feeds[0].source));
        second = ChainlinkSource(address(feeds[1].source));
        base = new TestToken("Other", "OTHER", 18);
        far = new TestPyth(1);
        rate = new TestRate();
        rate.setRate(1e18);
        uptime = new TestAggregator(0);
        uptime.setRound(1, 0, block.timestamp - 1 days, 1);
        pool = new ObservedPool(address(base), address(quote));
        pool.moveTo(tickOf(100e18), LIQUIDITY);
        pyth = new PythSource(far, authority);
        guarded = new SequencerGuardedSource(pyth, uptime, 1 hours);
        redemption = new RedemptionRateSource(authority);
        smoothed = new SmoothedBookSource(book, authority);
        twap = new UniswapV3TwapSource(authority);
        truncated = new TruncatedPoolSource(authority);
        depth = new PoolDepthSource(authority);
    }

    /// @notice Names every adapter's far end, and the market's sources. Once, when the pool remembers ten minutes.
    function begin() external {
        pyth.setFeed(MARKET, PythSource.Feed(FEED, 10 minutes, 10, HEAVY));
        redemption.setAsset(MARKET, wrapped(100_000, 1_000, 50_000));
        smoothed.setSmoothing(MARKET, SmoothedBookSource.Smoothing(1 hours, 60, 30 minutes, HEAVY), 100e18);
        twap.setPool(MARKET, spot(), address(base), 600);
        truncated.setPool(MARKET, spot(), address(base), 600, 9_116, 12);
        depth.setPool(MARKET, spot(), address(base), 600, 954);
        IndexOracle.SourceConfig[] memory sources = new IndexOracle.SourceConfig[](7);
        for (uint256 i; i < 7; ++i) sources[i] = sourceAt(i, i < 2 ? HEAVY : LIGHT, 0);
        oracle.setSources(MARKET, sources, IndexOracle.IndexConfig(3, 10_000, 10_000));
    }

    /// @notice One of the seven sources a market can have here: two feeds, then the other adapters that say a price.
    /// @param weight most depth, quote, whole units
    function sourceAt(
        uint256 i,
        uint48 weight,
        uint16 interval
    ) public view returns (IndexOracle.SourceConfig memory config) {
        IPriceSource[7] memory all = [IPriceSource(first), second, guarded, redemption, smoothed, twap, truncated];
        return IndexOracle.SourceConfig(all[i], 1_500_000, weight, interval);
    }

    /// @notice The rate of a wrapped asset on the first feed's price.
    function wrapped(uint24 growth, uint24 slack, uint24 fall) public view returns (RedemptionRateSource.Asset memory) {
        return
            RedemptionRateSource.Asset(
                address(rate),
                RedemptionRateSource.RateKind.PROVIDER,
                growth,
                slack,
                fall,
                first,
                MARKET
            );
    }

    /// @notice The pool as adapters know it.
    function spot() public view returns (IUniswapV3Pool) {
        return IUniswapV3Pool(address(pool));
    }

    /// @notice The pool's tick at a price, quote per base, WAD. The base has 18 decimals, the quote 6.
    function tickOf(uint256 price) public view returns (int24) {
        int256 tick = (FixedPointMathLib.lnWad(int256(price)) - 12 * LN_TEN) / LN_TICK;
        return int24(pool.token0() == address(base) ? tick : -tick);
    }
}
