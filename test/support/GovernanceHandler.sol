// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {HedgeLast} from "../../contracts/deleveraging/HedgeLast.sol";
import {LeverageFirst} from "../../contracts/deleveraging/LeverageFirst.sol";
import {LeverageLevel} from "../../contracts/deleveraging/LeverageLevel.sol";
import {ProRata} from "../../contracts/deleveraging/ProRata.sol";
import {ProfitFirst} from "../../contracts/deleveraging/ProfitFirst.sol";
import {IDeleveragingPolicy} from "../../contracts/interfaces/IDeleveragingPolicy.sol";
import {InsuranceFund} from "../../contracts/InsuranceFund.sol";
import {IBackstopVault} from "../../contracts/interfaces/IBackstopVault.sol";
import {IInsuranceFund} from "../../contracts/interfaces/IInsuranceFund.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {LiquidationEngine} from "../../contracts/LiquidationEngine.sol";
import {OpenInterestCaps} from "../../contracts/risk/OpenInterestCaps.sol";
import {FeeSplit} from "../../contracts/types/Ledger.sol";
import {DeficitMode, MarketConfig} from "../../contracts/types/Market.sol";
import {BackstopVault} from "../../contracts/vaults/BackstopVault.sol";
import {HousePool} from "../../contracts/vaults/HousePool.sol";
import {ExchangeWatch} from "./ExchangeWatch.sol";
import {ExchangeWorld} from "./ExchangeWorld.sol";

/// @title What governance may change while everybody trades
/// @notice Positions keep the class an earlier policy gave them until they are touched; nothing others may rely on depends on it.
contract GovernanceHandler is ExchangeWatch {
    IDeleveragingPolicy[] private _policies;

    constructor(ExchangeWorld world_) ExchangeWatch(world_) {
        _policies.push(new ProRata());
        _policies.push(new ProfitFirst());
        _policies.push(new LeverageFirst());
        _policies.push(new LeverageLevel());
        for (uint256 i; i < 4; ++i) _policies.push(new HedgeLast(_policies[i]));
    }

    /// @notice Another policy, with or without hedges last, and another answer to who pays, in market 0.
    function changePolicy(uint256 seed, bool tornUp) external watched(0, 0) {
        MarketConfig memory config = house.marketConfig(0);
        config.policy = _policies[seed % _policies.length];
        // Where leverage gives the class the lints let nobody say that those torn up pay.
        config.deficitMode = tornUp && seed % 4 < 2 ? DeficitMode.TORN_UP : DeficitMode.ALL_WINNERS;
        house.setMarket(0, config);
        _done();
    }

    /// @notice Other fees, and another split of them.
    function changeFees(uint256 seed, uint8 market) external watched(0, 0) {
        market %= 2;
        MarketConfig memory config = house.marketConfig(market);
        config.makerFee = uint24(bound(seed % 1e6, 0, 400));
        config.takerFee = uint24(bound((seed >> 32) % 1e6, config.makerFee, 1_000));
        config.liquidationFee = uint24(bound((seed >> 64) % 1e6, 0, 10_000));
        config.refreshReward = uint16(bound((seed >> 96) % 1e6, 0, 100));
        try house.setMarket(market, config) {
            _done();
        } catch {}
        FeeSplit memory split = house.feeSplit();
        split.insuranceShare = uint24(bound((seed >> 128) % 1e6, 0, 500_000));
        split.backstopShare = uint24(bound((seed >> 160) % 1e6, 0, 500_000));
        house.setFeeSplit(split);
    }

    /// @notice Other limits of fund and backstop in a market, down to none.
    function changeLimits(uint256 seed, uint8 market) external watched(0, 0) {
        market %= 2;
        uint48 capacity = uint48(bound(seed % 1e9, 0, 200_000));
        uint48 single = uint48(bound((seed >> 32) % 1e9, 0, capacity));
        try world.fund().setMarketLimit(market, single, capacity, 1 days) {
            _done();
        } catch {}
        uint64 taken = uint64(bound((seed >> 64) % 1e9, 0, 1_000_000));
        try world.backstop().setLimits(market, BackstopVault.Limits(taken, 100_000, 1 days, 5_000_000)) {} catch {}
    }

    /// @notice Other terms of the house pool, down to dealing no more, and another share of the depth that open interest may be.
    function changeTerms(uint256 seed, uint8 market) external watched(0, 0) {
        market %= 2;
        uint64 notional = uint64(bound(seed % 1e9, 0, 2_000_000));
        uint24 spread = uint24(bound((seed >> 32) % 1e6, 5_000, 20_000));
        uint48 capacity = uint48(notional / 2);
        HousePool.Terms memory terms = HousePool.Terms(spread, 10_000, 5_000, 500_000, 10_000, notional);
        try world.pool().setTerms(market, terms, capacity / 2, capacity, 60) {
            _done();
        } catch {}
        uint24 share = uint24(bound((seed >> 64) % 1e6, 10_000, 100_000));
        try world.caps().setMarket(0, OpenInterestCaps.CapConfig(world.depth(), share, 60_000, 100_000)) {} catch {}
    }

    /// @notice Another pace of the waterfall, with rewards as high as they may be.
    function changePace(uint256 seed) external watched(0, 0) {
        LiquidationEngine engine = world.engine();
        ILiquidationEngine.Parameters memory pace = engine.parameters();
        pace.buffer = uint24(draw(seed, 0, 0, 1_000_000));
        pace.slice = uint24(draw(seed, 1, 100_000, 1_000_000));
        pace.sliceAbove = uint64(draw(seed, 2, 0, 1_000_000));
        pace.cooldown = uint32(draw(seed, 3, 0, 60));
        pace.rewardRate = uint24(draw(seed, 4, 0, 10_000));
        pace.maxReward = uint32(draw(seed, 5, 0, 1_000));
        pace.maxMakers = uint16(draw(seed, 6, 1, 256));
        pace.maxTranches = uint16(draw(seed, 7, 1, 256));
        engine.setParameters(pace);
        _done();
        if (seed % 2 == 0) pace.rewardRate = 10_001;
        else pace.maxTranches = 257;
        requireRefused(address(engine), abi.encodeCall(engine.setParameters, (pace)), UNSAFE);
    }

    /// @notice The waterfall goes on without backstop or without insurance, or has them again.
    function changeWaterfall(uint256 seed) external watched(0, 0) {
        LiquidationEngine engine = world.engine();
        engine.setBackstop(seed % 4 == 0 ? IBackstopVault(address(0)) : world.backstop());
        engine.setInsurance(seed % 4 == 1 ? IInsuranceFund(address(0)) : world.fund());
        _done();
    }

    /// @notice Other limits of what all markets may cost the fund, of how inventory goes back, and of when shares are dealt in.
    function changeVaultLimits(uint256 seed, uint8 market) external watched(0, 0) {
        market %= 2;
        (InsuranceFund fund, BackstopVault backstop) = (world.fund(), world.backstop());
        uint48 capacity = uint48(draw(seed, 0, 0, 500_000));
        uint48 single = uint48(draw(seed, 1, 0, capacity));
        fund.setTotalLimit(single, capacity, 1 days);
        uint24 slippage = uint24(draw(seed, 2, 0, 50_000));
        backstop.setUnwindLimits(market, slippage, single, capacity, 1 hours);
        backstop.setGap(market, seed % 4 == 0 ? 0 : uint24(draw(seed, 3, 5_000, 50_000)));
        _done();
        bytes memory call = abi.encodeCall(fund.setTotalLimit, (capacity + 1, capacity, 1 days));
        requireRefused(address(fund), call, InsuranceFund.UnsafeLimit.selector);
        requireRefused(address(backstop), abi.encodeCall(backstop.setGap, (market, 1_000_000)), UNSAFE);
        call = abi.encodeCall(backstop.setUnwindLimits, (market, slippage, capacity + 1, capacity, 1 hours));
        requireRefused(address(backstop), call, UNSAFE);
    }
}
