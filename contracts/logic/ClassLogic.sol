// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BreakEvenBucket} from "../libraries/BreakEvenBucket.sol";
import {FixedMath} from "../libraries/FixedMath.sol";
import {Account, Health} from "../types/Account.sol";
import {Cover} from "../types/Cover.sol";
import {Holding, Ledger} from "../types/Ledger.sol";
import {MarketContext} from "../types/MarketContext.sol";
import {Change, Held} from "../types/Position.sol";
import {Action, Validity} from "../types/Price.sol";
import {SpotAsset} from "../types/SpotAsset.sol";
import {CashLogic} from "./CashLogic.sol";
import {HealthLogic} from "./HealthLogic.sol";
import {HedgeLogic} from "./HedgeLogic.sol";
import {MarketLogic} from "./MarketLogic.sol";
import {PositionLogic} from "./PositionLogic.sol";
import {ReachLogic} from "./ReachLogic.sol";

/// @title Keeping tranche classes up to date
/// @notice Mechanism sections 2 and 4: touching a position moves it to the tranche its break-even, leverage and hedge now call for.
library ClassLogic {
    using CashLogic for Account;

    /// @notice An account paid for having its class brought up to date.
    /// @param to account of whoever did
    /// @param keyBefore tranche key it had
    /// @param keyAfter tranche key it has
    /// @param reward quote, WAD
    event RefreshRewarded(
        uint32 indexed account,
        uint8 indexed market,
        uint32 indexed to,
        uint16 keyBefore,
        uint16 keyAfter,
        uint256 reward
    );

    /// @dev A refresh reward is given in hundredths of a quote unit.
    uint256 internal constant HUNDREDTH = 1e16;

    /// @dev It is at most one part in this of the account's notional.
    uint256 internal constant REWARD_PART = 1_000;

    /// @dev An account pays for a position's class at most this often.
    uint256 internal constant REWARD_PAUSE = 1 hours;

    /// @notice Settles what a position has coming and moves it to the tranche it belongs in.
    /// @return health as measured on the way
    function refresh(
        Ledger storage ledger,
        MarketContext memory context,
        uint32 account
    ) internal returns (Health memory health) {
        Held memory held = PositionLogic.load(ledger, account, context.market, context.fundingIndex);
        health = HealthLogic.measure(ledger, account, Action.CANCEL);
        Cover memory cover = HedgeLogic.coverOf(ledger, account, context);
        uint8 class = HealthLogic.classOf(ledger, context, cover, held.size, held.quote, health);
        PositionLogic.store(ledger, context, account, Change(held, held.size, held.quote, 0, 0, 0, false, class));
    }

    /// @notice The same, and pays the caller if it moved the position to where it is reached earlier.
    /// @dev The holder of the stale class pays. So whoever owns both accounts earns nothing, and a class that is to the holder's
    /// disadvantage is the holder's to refresh. A class moves forward by the holder's own doing or by the price alone: nobody can
    /// deposit somebody else into a higher one.
    function refreshForReward(Ledger storage ledger, MarketContext memory context, uint32 account) internal {
        Holding storage holding = ledger.holdings[account][context.market];
        uint16 before = holding.position.key;
        Health memory health = refresh(ledger, context, account);
        uint16 afterwards = holding.position.key;
        if (holding.position.shares == 0) return;
        if (BreakEvenBucket.classOf(afterwards) >= BreakEvenBucket.classOf(before)) return;
        if (context.price.validity != Validity.VALID) return;
        if (block.timestamp < uint256(holding.rewardedAt) + REWARD_PAUSE) return;
        uint32 to = ledger.accountIds[msg.sender][0];
        if (to == 0 || to == account) return;
        uint256 reward = uint256(ledger.configs[context.market].refreshReward) * HUNDREDTH;
        reward = FixedMath.min(reward, health.notional / REWARD_PART);
        int256 spare = health.equity - int256(health.initialMargin);
        if (reward == 0 || spare < int256(reward) || ledger.accounts[account].cash < int256(reward)) return;
        holding.rewardedAt = uint32(block.timestamp);
        ledger.accounts[account].realise(-int256(reward), context.maturity);
        ledger.accounts[to].realise(int256(reward), context.maturity);
        ReachLogic.trim(ledger, account);
        emit RefreshRewarded(account, context.market, to, before, afterwards, reward);
    }

    /// @notice Once spot has left an account: the position it may have covered drops out of its class in the same call.
    function afterSpotLeft(Ledger storage ledger, uint32 account, uint8 asset, SpotAsset memory spot) internal {
        uint8 market = spot.market;
        if (ledger.configs[market].spotAsset != asset + 1) return;
        if (ledger.holdings[account][market].position.shares == 0) {
            HedgeLogic.trackFreed(ledger, account, market, asset, 0, 0);
            return;
        }
        MarketContext memory context = MarketLogic.open(ledger, market, Action.CANCEL);
        refresh(ledger, context, account);
        // The last of it takes the account's mark of holding any with it, so the position's own touch has not looked.
        HedgeLogic.trackFreed(ledger, account, market, asset, 0, 0);
        MarketLogic.close(ledger, context);
    }
}
