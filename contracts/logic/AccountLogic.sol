// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FixedMath, PPM} from "../libraries/FixedMath.sol";
import {Account, Health} from "../types/Account.sol";
import {Cover} from "../types/Cover.sol";
import {FeeSplit, Holding, Ledger} from "../types/Ledger.sol";
import {MarketContext} from "../types/MarketContext.sol";
import {Action} from "../types/Price.sol";
import {SpotAsset} from "../types/SpotAsset.sol";
import {SpotBalance} from "../types/SpotBalance.sol";
import {CashLogic} from "./CashLogic.sol";
import {ClassLogic} from "./ClassLogic.sol";
import {HealthLogic} from "./HealthLogic.sol";
import {HedgeLogic} from "./HedgeLogic.sol";
import {MarketLogic} from "./MarketLogic.sol";
import {PositionLogic} from "./PositionLogic.sol";
import {ReachLogic} from "./ReachLogic.sol";

/// @title Accounts: opening, money in, money out
/// @notice Mechanism sections 1 and 6. The token boundary rounds against the caller.
library AccountLogic {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;
    using CashLogic for Account;
    using HedgeLogic for Cover;

    /// @notice The account was never opened.
    error UnknownAccount(uint32 account);
    /// @notice The caller may not act for the account.
    error NotAuthorised(uint32 account, address caller);
    /// @notice Nothing to move.
    error ZeroAmount();
    /// @notice Nobody to pay.
    error ZeroAddress();
    /// @notice The token delivered other than what was asked: fee-on-transfer and rebasing tokens are refused.
    error InexactTransfer(address token, uint256 expected, uint256 received);
    /// @notice More than free, matured cash. Quote, WAD.
    error ExceedsWithdrawable(uint32 account, uint256 amount, uint256 withdrawable);
    /// @notice More spot than the account holds. Asset, WAD.
    error ExceedsSpot(uint32 account, uint8 asset, uint256 amount, uint256 balance);
    /// @notice The asset is not listed.
    error UnknownAsset(uint8 asset);
    /// @notice The two accounts have different owners.
    error DifferentOwners(uint32 from, uint32 to);
    /// @notice No spot of the account was freed by a tear-up of its hedge, or none that is left and covers nothing.
    error NothingFreed(uint32 account, uint8 market);
    /// @notice Taking the spot out would leave the account below what a withdrawal must leave. Quote, WAD.
    error SpotNeeded(uint32 account, int256 equity, uint256 required);

    /// @notice An account was opened.
    event AccountOpened(uint32 indexed account, address indexed owner, uint8 subaccount);
    /// @notice Quote tokens were deposited, by whomever.
    /// @param amount quote, WAD
    event Deposited(uint32 indexed account, address indexed payer, uint256 amount);
    /// @notice Quote left an account and the ledger.
    /// @param amount quote taken from the account, WAD
    /// @param paid tokens sent, in the token's decimals; less than `amount` only while a socialised loss stands
    event Withdrawn(uint32 indexed account, address indexed to, uint256 amount, uint256 paid);
    /// @notice Cash moved between two accounts of one owner, quote, WAD.
    event Transferred(uint32 indexed from, uint32 indexed to, uint256 amount);
    /// @notice Spot was deposited, by whomever; it covers a short once it has been held for the hedge tenure.
    /// @param amount asset, WAD
    event SpotDeposited(uint32 indexed account, uint8 indexed asset, address indexed payer, uint256 amount);
    /// @notice Spot left an account; `amount` in WAD of the asset.
    event SpotWithdrawn(uint32 indexed account, uint8 indexed asset, address indexed to, uint256 amount);
    /// @notice Spot that covered a hedge which was torn up left for sale; `amount` in WAD of the asset.
    event FreedSpotReleased(
        uint32 indexed account,
        uint8 indexed asset,
        uint8 indexed market,
        address to,
        uint256 amount
    );
    /// @notice Fees left the pot. All quote, WAD.
    event FeesDistributed(uint256 repaidLoss, uint256 insurance, uint256 backstop, uint256 treasury);

    /// @notice Opens or finds an account.
    function open(Ledger storage ledger, address owner, uint8 subaccount) external returns (uint32 account) {
        account = ledger.accountIds[owner][subaccount];
        if (account != 0) return account;
        account = ++ledger.accountCount;
        ledger.accountIds[owner][subaccount] = account;
        ledger.accounts[account].owner = owner;
        ledger.accounts[account].subaccount = subaccount;
        emit AccountOpened(account, owner, subaccount);
    }

    /// @notice See IClearingHouse.deposit.
    function deposit(Ledger storage ledger, uint32 account, uint256 tokens) external {
        requireExists(ledger, account);
        if (tokens == 0) revert ZeroAmount();
        _pull(ledger.quoteToken, tokens);
        uint256 amount = tokens * ledger.quoteScale;
        ledger.accounts[account].move(amount.toInt256());
        emit Deposited(account, msg.sender, amount);
    }

    /// @notice See IClearingHouse.withdraw.
    function withdraw(
        Ledger storage ledger,
        uint32 account,
        uint256 tokens,
        address to
    ) external returns (uint256 paid) {
        requireOwner(ledger, account, msg.sender);
        if (tokens == 0) revert ZeroAmount();
        if (to == address(0)) revert ZeroAddress();
        uint256 scale = ledger.quoteScale;
        // Nobody has so much that it would not fit; asking for it is refused like any other excess.
        uint256 amount = tokens > type(uint256).max / scale ? type(uint256).max : tokens * scale;
        _requireWithdrawable(ledger, account, amount);
        ledger.accounts[account].move(-amount.toInt256());
        paid = _payable(ledger, tokens);
        ledger.quoteToken.safeTransfer(to, paid);
        emit Withdrawn(account, to, amount, paid);
    }

    /// @notice See IClearingHouse.transfer.
    function transfer(Ledger storage ledger, uint32 from, uint32 to, uint256 amount) external {
        requireOwner(ledger, from, msg.sender);
        if (ledger.accounts[to].owner != msg.sender) revert DifferentOwners(from, to);
        if (amount == 0) revert ZeroAmount();
        _requireWithdrawable(ledger, from, amount);
        ledger.accounts[from].move(-amount.toInt256());
        ledger.accounts[to].move(amount.toInt256());
        emit Transferred(from, to, amount);
    }

    /// @notice See ClearingHouse.depositSpot.
    function depositSpot(Ledger storage ledger, uint32 account, uint8 asset, uint256 tokens) external {
        requireExists(ledger, account);
        SpotAsset memory spot = ledger.spotAssets[asset];
        if (spot.token == address(0)) revert UnknownAsset(asset);
        if (tokens == 0) revert ZeroAmount();
        _pull(IERC20(spot.token), tokens);
        uint256 amount = tokens * 10 ** (18 - spot.decimals);
        creditSpot(ledger, account, asset, amount);
        emit SpotDeposited(account, asset, msg.sender, amount);
    }

    /// @notice See ClearingHouse.withdrawSpot.
    function withdrawSpot(Ledger storage ledger, uint32 account, uint8 asset, uint256 tokens, address to) external {
        requireOwner(ledger, account, msg.sender);
        SpotAsset memory spot = ledger.spotAssets[asset];
        if (spot.token == address(0)) revert UnknownAsset(asset);
        if (tokens == 0) revert ZeroAmount();
        if (to == address(0)) revert ZeroAddress();
        uint256 amount = tokens * 10 ** (18 - spot.decimals);
        _takeOut(ledger, account, asset, amount, spot);
        _requireSpotSpare(ledger, account);
        ClassLogic.afterSpotLeft(ledger, account, asset, spot);
        IERC20(spot.token).safeTransfer(to, tokens);
        emit SpotWithdrawn(account, asset, to, amount);
    }

    /// @notice See IClearingHouse.releaseFreedSpot.
    function releaseFreedSpot(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        uint256 most
    ) external returns (address token, uint256 tokens) {
        MarketContext memory context = MarketLogic.open(ledger, market, Action.DELEVERAGE);
        Holding storage holding = ledger.holdings[account][market];
        if (holding.position.shares != 0) ClassLogic.refresh(ledger, context, account);
        MarketLogic.close(ledger, context);
        uint256 freed = FixedMath.min(holding.freed, most);
        if (freed == 0) revert NothingFreed(account, market);
        uint8 asset = context.spotAsset - 1;
        SpotAsset memory spot = ledger.spotAssets[asset];
        uint256 scale = 10 ** (18 - spot.decimals);
        (token, tokens) = (spot.token, freed / scale);
        if (tokens == 0) revert NothingFreed(account, market);
        freed = tokens * scale;
        holding.freed -= uint104(freed);
        debitSpot(ledger, account, asset, freed);
        IERC20(token).safeTransfer(msg.sender, tokens);
        emit FreedSpotReleased(account, asset, market, msg.sender, freed);
    }

    /// @notice See ClearingHouse.distributeFees.
    function distributeFees(Ledger storage ledger) external {
        uint256 fees = ledger.feesAccrued;
        FeeSplit memory split = ledger.feeSplit;
        requireExists(ledger, split.treasuryAccount);
        ledger.feesAccrued = 0;
        uint256 repaid = FixedMath.min(fees, ledger.socialisedLoss);
        ledger.socialisedLoss -= repaid.toUint128();
        uint256 left = fees - repaid;
        uint256 insurance = (left * split.insuranceShare) / PPM;
        uint256 backstop = (left * split.backstopShare) / PPM;
        uint256 treasury = left - insurance - backstop;
        ledger.accounts[split.insuranceAccount].move(int256(insurance));
        ledger.accounts[split.backstopAccount].move(int256(backstop));
        ledger.accounts[split.treasuryAccount].move(int256(treasury));
        emit FeesDistributed(repaid, insurance, backstop, treasury);
    }

    /// @notice See IClearingHouse.withdrawable.
    function withdrawable(Ledger storage ledger, uint32 account) external view returns (uint256) {
        if (!_needsPrice(ledger, account)) return _withdrawable(ledger, account, _cashAlone(ledger, account));
        Health memory health = HealthLogic.look(ledger, account);
        HealthLogic.toAdverseBound(ledger, account, health);
        return _withdrawable(ledger, account, health);
    }

    /// @notice Credits spot, which starts its tenure as a hedge now.
    function creditSpot(Ledger storage ledger, uint32 account, uint8 asset, uint256 amount) internal {
        ledger.spot[account][asset].credit(amount);
        ledger.accounts[account].spotAssets |= uint16(1 << asset);
    }

    /// @notice Debits spot; reverts beyond the balance.
    function debitSpot(Ledger storage ledger, uint32 account, uint8 asset, uint256 amount) internal {
        SpotBalance storage balance = ledger.spot[account][asset];
        uint256 held = balance.amount;
        if (amount > held) revert ExceedsSpot(account, asset, amount, held);
        balance.debit(amount);
        if (amount == held) ledger.accounts[account].spotAssets &= ~uint16(1 << asset);
    }

    function requireExists(Ledger storage ledger, uint32 account) internal view {
        if (account == 0 || account > ledger.accountCount) revert UnknownAccount(account);
    }

    function requireOwner(Ledger storage ledger, uint32 account, address caller) internal view {
        if (ledger.accounts[account].owner != caller) revert NotAuthorised(account, caller);
    }

    function requireMayTrade(Ledger storage ledger, uint32 account, address caller) internal view {
        if (!mayTrade(ledger, account, caller)) revert NotAuthorised(account, caller);
    }

    function mayTrade(Ledger storage ledger, uint32 account, address caller) internal view returns (bool) {
        address owner = ledger.accounts[account].owner;
        return owner != address(0) && (owner == caller || ledger.operators[account][caller]);
    }

    function _requireWithdrawable(Ledger storage ledger, uint32 account, uint256 amount) private {
        ReachLogic.settle(ledger, account);
        Health memory health = _needsPrice(ledger, account) ? _measured(ledger, account) : _cashAlone(ledger, account);
        uint256 free = _withdrawable(ledger, account, health);
        if (amount > free) revert ExceedsWithdrawable(account, amount, free);
    }

    /// @dev Under stress nothing leaves that covers a short.
    function _takeOut(
        Ledger storage ledger,
        uint32 account,
        uint8 asset,
        uint256 amount,
        SpotAsset memory spot
    ) private {
        uint8 market = spot.market;
        bool covers = ledger.configs[market].spotAsset == asset + 1;
        if (!covers || ledger.holdings[account][market].position.shares == 0) {
            return debitSpot(ledger, account, asset, amount);
        }
        MarketContext memory context = MarketLogic.open(ledger, market, Action.CANCEL);
        int256 size = PositionLogic.load(ledger, account, market, context.fundingIndex).size;
        uint256 before = HedgeLogic.coverOf(ledger, account, context).covered(size);
        debitSpot(ledger, account, asset, amount);
        uint256 left = HedgeLogic.coverOf(ledger, account, context).covered(size);
        if (left < before && HedgeLogic.isStressed(ledger, market, context.price)) {
            revert HedgeLogic.HedgeLocked(account, market, before, left);
        }
    }

    /// @dev What stays, once the spot is gone, must be what a withdrawal of cash would have to leave.
    function _requireSpotSpare(Ledger storage ledger, uint32 account) private {
        ReachLogic.settle(ledger, account);
        if (ledger.accounts[account].cash >= 0 && !_needsPrice(ledger, account)) return;
        Health memory health = _measured(ledger, account);
        uint256 required = _kept(health);
        if (health.equity < int256(required)) revert SpotNeeded(account, health.equity, required);
    }

    /// @dev At the adverse bound while a price is UNCERTAIN (mechanism section 5).
    function _measured(Ledger storage ledger, uint32 account) private returns (Health memory health) {
        health = HealthLogic.measure(ledger, account, Action.WITHDRAW);
        HealthLogic.toAdverseBound(ledger, account, health);
    }

    /// @dev Without positions and orders cash alone decides: no price, nor spot that anybody may have sent, stands in the way.
    function _needsPrice(Ledger storage ledger, uint32 account) private view returns (bool) {
        return PositionLogic.liveMarkets(ledger, account, ledger.accounts[account].openMarkets) != 0;
    }

    function _cashAlone(Ledger storage ledger, uint32 account) private view returns (Health memory health) {
        health.cash = ledger.accounts[account].cash - ReachLogic.owedBy(ledger, account);
        health.equity = health.cash;
    }

    /// @dev min(free collateral, cash that neither matures nor is within reach of a charge), rounded down.
    function _withdrawable(Ledger storage ledger, uint32 account, Health memory health) private view returns (uint256) {
        int256 free = health.equity - int256(_kept(health));
        // Pending settlement is realised when touched; what it adds counts only from then on, what it takes counts now.
        (int256 settled, uint256 locked) = ReachLogic.cashOf(ledger, account);
        int256 cash = (health.cash < settled ? health.cash : settled) - int256(locked);
        int256 least = free < cash ? free : cash;
        return least > 0 ? uint256(least) : 0;
    }

    /// @dev max(initial margin, what each market's kept rate asks of its notional).
    function _kept(Health memory health) private pure returns (uint256) {
        return FixedMath.max(health.initialMargin, health.kept);
    }

    /// @dev Tokens a withdrawal is paid: its part of assets / claims while a socialised loss stands, rounded down. What is
    /// not paid repays the loss.
    function _payable(Ledger storage ledger, uint256 tokens) private returns (uint256 paid) {
        uint256 loss = ledger.socialisedLoss;
        if (loss == 0) return tokens;
        uint256 assets = ledger.quoteToken.balanceOf(address(this)) * ledger.quoteScale;
        paid = (tokens * assets) / (assets + loss);
        uint256 repaid = FixedMath.min(loss, (tokens - paid) * ledger.quoteScale);
        ledger.socialisedLoss = (loss - repaid).toUint128();
    }

    function _pull(IERC20 token, uint256 tokens) private {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), tokens);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != tokens) revert InexactTransfer(address(token), tokens, received);
    }
}
